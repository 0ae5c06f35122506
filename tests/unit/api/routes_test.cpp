// The front door's table against the contract, openapi.yaml as it is embedded: neither has what the other
// lacks, and they agree on who may come and what a query may ask.
#include "api/routes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <set>

#include "api/openapi_page.hpp"

namespace kgw {
namespace {

namespace json = boost::json;

// What both sides say of an operation.
struct Entry {
  std::set<std::string> security;
  std::set<std::string> query;
  bool operator==(const Entry&) const = default;
};
using Entries = std::map<std::string, Entry>;  // by "METHOD /path"

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return static_cast<char>(c & ~0x20); });
  return out;
}

const json::object& resolved(const json::value& document, const json::value& thing) {
  const json::value* const ref = thing.as_object().if_contains("$ref");
  if (!ref) return thing.as_object();
  return document.at_pointer(std::string(ref->as_string()).substr(1)).as_object();
}

void add_query(const json::value& document, const json::object& of, Entry& entry) {
  const json::value* const parameters = of.if_contains("parameters");
  if (!parameters) return;
  for (const json::value& one : parameters->as_array()) {
    const json::object& parameter = resolved(document, one);
    if (parameter.at("in").as_string() == "query") entry.query.emplace(parameter.at("name").as_string());
  }
}

Entry entry_of(const json::value& document, const json::object& path, const json::object& operation) {
  Entry entry;
  const json::value* const own = operation.if_contains("security");
  for (const json::value& way : (own ? *own : document.at("security")).as_array()) {
    if (way.as_object().empty()) entry.security.emplace("nobody");
    for (const auto& [scheme, scopes] : way.as_object()) {
      std::string said(scheme);
      for (const json::value& scope : scopes.as_array()) said.append(" ").append(scope.as_string());
      entry.security.insert(std::move(said));
    }
  }
  add_query(document, path, entry);
  add_query(document, operation, entry);
  return entry;
}

Entries entries_of_contract(const json::value& document) {
  static const std::set<std::string_view> kNoMethod = {"parameters", "summary", "description", "servers"};
  Entries all;
  for (const auto& [path, item] : document.at("paths").as_object())
    for (const auto& [method, operation] : item.as_object())
      if (!kNoMethod.contains(method))
        all.emplace(upper(method) + " " + std::string(path),
                    entry_of(document, item.as_object(), operation.as_object()));
  return all;
}

// As the contract would put it.
std::set<std::string> security_of(const Guard& guard) {
  std::set<std::string> ways;
  for (const auto& [scope, name] :
       {std::pair{Scope::send, " send"}, {Scope::read, " read"}, {Scope::admin, " admin"}}) {
    if ((guard.any_of & bit(scope)) == 0) continue;
    ways.insert(std::string("key") + name);
    if (guard.by == By::key_or_session) ways.insert(std::string("session") + name);
  }
  // ALLOW_UNAUTHENTICATED_SEND may open what needs no admin.
  if ((guard.any_of & kSendOrRead) != 0) ways.emplace("nobody");
  if (guard.by == By::key_or_metrics_token) ways.emplace("metricsToken");
  if (guard.by == By::session || guard.by == By::session_if_any) ways.emplace("session");
  if (guard.by == By::session_if_any) ways.emplace("nobody");
  if (guard.by == By::kiosk_token) ways.insert({"kioskToken", "kioskTokenInQuery"});
  return ways;
}

Entries entries_of(std::span<const Route> table) {
  Entries all;
  for (const Route& route : table) {
    Entry entry{security_of(route.guard), {}};
    for (const std::string_view name : route.more.query) entry.query.emplace(name);
    const auto [at, is_new] =
        all.emplace(std::string(route.method) + " " + std::string(route.path.text), entry);
    EXPECT_TRUE(is_new) << at->first << " has two rows";
  }
  return all;
}

std::string text_of(const Entry& entry) {
  std::string text = "security:";
  for (const std::string& one : entry.security) text += " [" + one + "]";
  text += " query:";
  for (const std::string& one : entry.query) text += " " + one;
  return text;
}

// One line for each operation that only one of them has, or that they don't agree on.
std::vector<std::string> differences(const Entries& table, const Entries& contract) {
  std::vector<std::string> found;
  for (const auto& [name, entry] : table) {
    const auto at = contract.find(name);
    if (at == contract.end()) found.push_back(name + " is not in openapi.yaml");
    else if (at->second != entry)
      found.push_back(name + ": the table says " + text_of(entry) + ", openapi.yaml " + text_of(at->second));
  }
  for (const auto& [name, entry] : contract)
    if (!table.contains(name)) found.push_back(name + " has no row in the front door's table");
  return found;
}

Entries contract() {
  return entries_of_contract(json::parse(json::string_view(openapi_json().data(), openapi_json().size())));
}

TEST(Routes, AreWhatTheContractSays) {
  const Entries table = entries_of(routes());
  EXPECT_GE(table.size(), 40U);
  for (const std::string& difference : differences(table, contract())) ADD_FAILURE() << difference;
}

TEST(Routes, WhatOnlyOneSideHasIsFound) {
  const Entries table = entries_of(routes()), said = contract();
  for (const auto& [name, entry] : table) {
    Entries less = table;
    less.erase(name);
    EXPECT_EQ(differences(less, said).size(), 1U) << "without the row of " << name;
    less = said;
    less.erase(name);
    EXPECT_EQ(differences(table, less).size(), 1U) << "without the entry of " << name;
    Entries other = said;
    other[name].security.emplace("key other");
    EXPECT_EQ(differences(table, other).size(), 1U) << "another scope for " << name;
    other = said;
    other[name].query.emplace("other");
    EXPECT_EQ(differences(table, other).size(), 1U) << "another parameter for " << name;
  }
}

// Each row is found by a path of its own, and by no other method than its own and HEAD.
TEST(Routes, EachIsFound) {
  for (const Route& route : routes()) {
    std::string path(route.path.text);
    if (!route.path.name.empty()) path.replace(path.find('{'), route.path.name.size() + 2, "one");
    EXPECT_EQ(find_route(route.method, path).route, &route) << route.method << " " << path;
    EXPECT_EQ(route.path.part_of(path), route.path.name.empty() ? "" : "one");
    const RouteFound head = find_route("HEAD", path);
    EXPECT_TRUE(head.path_known);
    if (route.method == "GET") {
      EXPECT_EQ(head.route == &route, path != "/ws") << path;
    }
    EXPECT_EQ(find_route("OPTIONS", path).route, nullptr);
    EXPECT_EQ(find_route("get", path).route, nullptr);
  }
}

TEST(Routes, WhatNoRowHasIsNotFound) {
  for (const char* path : {"", "//", "/send//", "/SEND", "/api", "/api/", "/api/kiosksx",
                           "/api/kiosks/a/nothing", "/api/kiosks/a/b/ping", "/api/kiosks/a/ping/",
                           "/api/keys/a/b", "/requestsx", "/requests/a/b", "/dashboard//", "/dashboardx",
                           "/dashboard/assets", "/dashboard/assets/a/b", "/health/", "/health/dead"})
    EXPECT_FALSE(find_route("GET", path).path_known) << path;
  // A pattern's ends may not overlap.
  EXPECT_FALSE(find_route("POST", "/api/kiosks/ping").route);
  EXPECT_TRUE(find_route("GET", "/api/kiosks/ping").route) << "a kiosk of that name";
}

TEST(Routes, AllowListsWhatThereIs) {
  EXPECT_EQ(allowed_methods("/send"), "POST");
  EXPECT_EQ(allowed_methods("/ws"), "GET");
  EXPECT_EQ(allowed_methods("/health"), "GET, HEAD");
  EXPECT_EQ(allowed_methods("/api/kiosks"), "GET, HEAD, POST");
  EXPECT_EQ(allowed_methods("/api/kiosks/a"), "GET, HEAD, PATCH, DELETE");
  EXPECT_EQ(allowed_methods("/api/keys/a/rotate"), "POST");
  EXPECT_EQ(allowed_methods(""), "GET, HEAD, POST, PATCH, DELETE") << "of the whole API";
}

// What names a kiosk is looked at by the door for limited keys; what is about all kiosks is refused to them.
TEST(Routes, AKiosksPartIsNamedSo) {
  for (const Route& route : routes()) {
    if (!route.path.text.starts_with("/api/kiosks/")) continue;
    EXPECT_EQ(route.path.name, "kiosk_id") << route.path.text;
    EXPECT_TRUE(route.guard.asks());
  }
}

TEST(Routes, BackendsOfTheOlderServiceEndSendWithASlash) {
  EXPECT_EQ(find_route("POST", "/send/").route, find_route("POST", "/send").route);
  EXPECT_FALSE(find_route("GET", "/send/").route);
  EXPECT_TRUE(find_route("GET", "/send/").path_known);
  for (const char* path : {"/send//", "/send/x", "/health/"})
    EXPECT_FALSE(find_route("POST", path).path_known) << path;
}

}  // namespace
}  // namespace kgw
