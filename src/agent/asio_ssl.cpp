// Asio's compiled part for TLS, once for the whole program; the rest of Asio's is in net/.
#include <boost/asio/ssl/impl/src.hpp>
