// TLS_CERT_FILE and TLS_KEY_FILE: both or neither, and each fault under the name of its setting.
#include "settings/tls_files.hpp"

#include <gtest/gtest.h>

namespace kgw {
namespace {

LoadedConfig load(const std::map<std::string, std::string>& settings,
                  const std::map<std::string, std::string>& files) {
  SettingSources sources;
  sources.environment = [&](const std::string& name) {
    const auto found = settings.find(name);
    return found == settings.end() ? std::nullopt : std::optional(found->second);
  };
  sources.read_file = [&](const std::string& path, std::size_t) -> Result<std::string> {
    const auto found = files.find(path);
    if (found == files.end()) return Fault{ErrorCode::internal_error, "No such file or directory"};
    return found->second;
  };
  return load_config(sources);
}

std::string only_fault(const LoadedConfig& loaded) {
  EXPECT_EQ(loaded.faults.size(), 1U) << describe(loaded.faults);
  return loaded.faults.empty() ? "" : loaded.faults[0].name + ": " + loaded.faults[0].text;
}

TEST(TlsFiles, BothOrNeither) {
  EXPECT_TRUE(load({}, {}).faults.empty());
  EXPECT_TRUE(only_fault(load({{"TLS_CERT_FILE", "c"}}, {})).starts_with("TLS_KEY_FILE: it is required with"));
  EXPECT_TRUE(only_fault(load({{"TLS_KEY_FILE", "k"}}, {})).starts_with("TLS_CERT_FILE: it is required with"));
}

TEST(TlsFiles, EachFaultIsUnderItsSettingWithTheFile) {
  const std::map<std::string, std::string> both{{"TLS_CERT_FILE", "/c.pem"}, {"TLS_KEY_FILE", "/k.pem"}};
  EXPECT_EQ(load(both, {}).faults.size(), 2U) << "both at once";
  EXPECT_TRUE(
      only_fault(load(both, {{"/c.pem", "x"}})).starts_with("TLS_KEY_FILE: '/k.pem' can't be read: No such"));
  EXPECT_TRUE(only_fault(load(both, {{"/c.pem", "x"}, {"/k.pem", "y"}}))
                  .starts_with("TLS_CERT_FILE: '/c.pem' is not a certificate in PEM"));
}

TEST(TlsFiles, KioskCertificatesNeedACaAndATlsPort) {
  const LoadedConfig alone = load({{"KIOSK_CERTIFICATES", "required"}}, {});
  ASSERT_EQ(alone.faults.size(), 2U) << describe(alone.faults);
  EXPECT_EQ(alone.faults[0].name, "TLS_CLIENT_CA_FILE");
  EXPECT_EQ(alone.faults[1].name, "TLS_CERT_FILE");
  EXPECT_TRUE(only_fault(load({{"KIOSK_CERTIFICATES", "maybe"}}, {})).find("off, optional or required") !=
              std::string::npos);
  EXPECT_TRUE(load({{"TLS_CLIENT_CA_FILE", "/ca.pem"}}, {}).faults.empty()) << "off: it is not read";
}

TEST(TlsFiles, TheCommandLineCallsATlsGatewayByHttps) {
  EXPECT_EQ(load({}, {}).config.gateway_url, "http://127.0.0.1:8000");
  EXPECT_EQ(load({{"TLS_CERT_FILE", "c"}, {"TLS_KEY_FILE", "k"}}, {}).config.gateway_url,
            "https://127.0.0.1:8000");
}

}  // namespace
}  // namespace kgw
