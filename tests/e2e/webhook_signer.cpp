// Signs one callback, for receivers that are not ours to verify: standard input has the secrets in a line, the
// id in the next, the Unix time in milliseconds in the third, and then the body; standard output gets the three
// headers.
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "wire/signing/webhook_signature.hpp"

int main() {
  std::string secrets, id, time;
  std::getline(std::cin, secrets);
  std::getline(std::cin, id);
  std::getline(std::cin, time);
  const std::string body{std::istreambuf_iterator<char>(std::cin), {}};
  std::vector<kgw::WebhookKey> keys;
  std::istringstream words(secrets);
  for (std::string word; words >> word;) {
    auto key = kgw::WebhookKey::parse(word);
    if (!key) return 1;
    keys.push_back(std::move(*key));
  }
  if (keys.empty()) return 1;
  const auto fields = kgw::webhook_fields(keys, id, kgw::wall_from_ms(std::stoll(time)), body);
  std::cout << fields.id << '\n' << fields.timestamp << '\n' << fields.signature << '\n';
}
