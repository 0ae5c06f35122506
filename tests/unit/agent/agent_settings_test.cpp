// The agent's settings: which source counts, what is refused and how, and that no secret is shown.
#include "agent/config/agent_settings.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace kgw {
namespace {

struct World {
  std::map<std::string, std::string> flags, environment;
  std::string dotenv, etc;

  LoadedAgentSettings load() const {
    AgentSources sources;
    sources.flags = flags;
    sources.environment = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = environment.find(name);
      return found == environment.end() ? std::nullopt : std::optional(found->second);
    };
    sources.files = {{".env", dotenv}, {"agent.env", etc}};
    return load_agent_settings(sources);
  }
  std::string source_of(std::string_view name) const {
    const LoadedAgentSettings loaded = load();
    for (const auto& value : loaded.values)
      if (value.name == name) return value.source;
    return "none";
  }
};

TEST(AgentSettings, WithoutAnythingThereAreTheStandardOnes) {
  const LoadedAgentSettings loaded = World().load();
  EXPECT_TRUE(loaded.faults.empty());
  EXPECT_EQ(loaded.settings.gateways.at(0).shown(), "ws://127.0.0.1:8000/ws");
  EXPECT_EQ(loaded.settings.health_port, 9091);
  EXPECT_EQ(loaded.settings.log_level, LogLevel::info);
  EXPECT_EQ(loaded.settings.local_timeout, std::chrono::seconds(60));
}

TEST(AgentSettings, AFlagCountsMoreThanTheEnvironmentThanDotenvThanEtc) {
  World world;
  world.etc = "LOG_LEVEL=ERROR\n";
  EXPECT_EQ(world.source_of("LOG_LEVEL"), "agent.env");
  world.dotenv = "LOG_LEVEL=warning\n";
  EXPECT_EQ(world.source_of("LOG_LEVEL"), ".env");
  world.environment["LOG_LEVEL"] = "DEBUG";
  EXPECT_EQ(world.source_of("LOG_LEVEL"), "environment");
  EXPECT_EQ(world.load().settings.log_level, LogLevel::debug);
  world.flags["LOG_LEVEL"] = "INFO";
  EXPECT_EQ(world.source_of("LOG_LEVEL"), "flag");
  world.flags["LOG_LEVEL"] = world.environment["LOG_LEVEL"] = "";
  EXPECT_EQ(world.load().settings.log_level, LogLevel::warning) << "an empty value is unset";
}

TEST(AgentSettings, TheFileOfAnOlderClient) {
  World world;
  world.dotenv =
      "WS_SERVER_URL=wss://pay.example.com/ws\nWS_TOKEN=abc.def.ghi\nROUTING_CONFIG_PATH=/etc/routes.yaml\n"
      "LOG_LEVEL=INFO\nHEALTH_CHECK_PORT=9191\nSOMETHING_OF_THEIRS=1\n";
  const LoadedAgentSettings loaded = world.load();
  EXPECT_TRUE(loaded.faults.empty() && loaded.warnings.empty());
  EXPECT_EQ(loaded.settings.gateways.at(0).shown(), "wss://pay.example.com/ws");
  EXPECT_EQ(loaded.settings.token, "abc.def.ghi");
  EXPECT_EQ(loaded.settings.routes_file, "/etc/routes.yaml");
  EXPECT_EQ(loaded.settings.health_port, 9191);
  for (const auto& value : loaded.values) EXPECT_EQ(value.shown.find("abc"), std::string::npos) << value.name;
}

TEST(AgentSettings, SeveralGatewaysInOrder) {
  World world;
  world.flags["WS_SERVER_URL"] = "wss://a.example/ws, ws://[::1]:8000/ws?token=secret,";
  const LoadedAgentSettings loaded = world.load();
  ASSERT_EQ(loaded.settings.gateways.size(), 2U);
  EXPECT_EQ(loaded.settings.gateways[0].host, "a.example");
  EXPECT_EQ(loaded.settings.gateways[1].host, "::1");
  for (const auto& value : loaded.values) EXPECT_EQ(value.shown.find("secret"), std::string::npos);
}

TEST(AgentSettings, TheOlderNameOfTheToken) {
  World world;
  world.environment["KIOSK_TOKEN"] = "old";
  EXPECT_EQ(world.load().settings.token, "old");
  world.dotenv = "WS_TOKEN=new\n";
  EXPECT_EQ(world.load().settings.token, "new");
}

TEST(AgentSettings, AllThatIsWrongIsSaidAtOnceByNameAndSource) {
  World world;
  world.flags["HEALTH_CHECK_PORT"] = "65536";
  world.environment["WS_SERVER_URL"] = "wss://a/ws,http://b/ws";
  world.dotenv = "LOG_LEVEL=loud\nnot a line\nCA_FILE=${NO_SUCH}\n";
  world.etc = "RECONNECT_MAX=0\n";
  const LoadedAgentSettings loaded = world.load();
  std::string all;
  for (const std::string& fault : loaded.faults) all += fault + "\n";
  for (const char* const part :
       {"HEALTH_CHECK_PORT (flag): ", "WS_SERVER_URL (environment): ", "LOG_LEVEL (.env): ", ".env: line 2 ",
        "CA_FILE", "RECONNECT_MAX (agent.env): "})
    EXPECT_NE(all.find(part), std::string::npos) << part << " in\n" << all;
  EXPECT_EQ(loaded.faults.size(), 6U) << all;
}

TEST(AgentSettings, TheHealthPageCanBeOffOrAnywhere) {
  World world;
  for (const auto& [text, port] : std::map<std::string, std::optional<std::uint16_t>>{
           {"off", std::nullopt}, {"OFF", std::nullopt}, {"0", 0}, {"65535", 65'535}}) {
    world.flags["HEALTH_CHECK_PORT"] = text;
    EXPECT_EQ(world.load().settings.health_port, port) << text;
    EXPECT_TRUE(world.load().faults.empty()) << text;
  }
  for (const std::string text : {"-1", "9091x", " 9091", "none"}) {
    world.flags["HEALTH_CHECK_PORT"] = text;
    EXPECT_EQ(world.load().faults.size(), 1U) << text;
  }
}

}  // namespace
}  // namespace kgw
