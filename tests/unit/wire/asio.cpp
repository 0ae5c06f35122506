// Beast's compiled part (src/wire/beast.cpp) names symbols of Asio, whose compiled part lives in net/, above
// wire/.
#include <boost/asio/impl/src.hpp>
