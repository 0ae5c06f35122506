// Beast's compiled part (BOOST_BEAST_SEPARATE_COMPILATION), once for the whole program. Asio's is in net/.
#include <boost/beast/src.hpp>
