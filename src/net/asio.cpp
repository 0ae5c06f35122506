// Asio's compiled part, once (BOOST_ASIO_SEPARATE_COMPILATION is set for every translation unit).
#include <boost/asio/impl/src.hpp>
