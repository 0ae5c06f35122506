// Whose certificate a client has shown.
#pragma once

#include <string>

struct x509_st;

namespace kgw {

// Returns the kiosk that a certificate is for: ID of its one URI "kiosk:ID" among the subjectAltNames, else its
// CN; empty if that is no kiosk id, or if there are several. Whether the certificate is valid is not looked at.
std::string kiosk_in_certificate(const x509_st* certificate);

}  // namespace kgw
