#include "base/http/url.h"

#include <gtest/gtest.h>

namespace vk::base {
namespace {

TEST(HttpOriginTest, GoodUrlsGiveSchemeHostAndPort) {
  struct Row {
    const char* url;
    bool tls;
    const char* host;
    int port;
    const char* host_header;
  };
  const Row rows[] = {
      {"http://localhost", false, "localhost", 80, "localhost"},
      {"https://eci.cn-hangzhou.example", true, "eci.cn-hangzhou.example", 443,
       "eci.cn-hangzhou.example"},
      {"https://10.0.0.1:6443/", true, "10.0.0.1", 6443, "10.0.0.1:6443"},
      {"http://[::1]:8080", false, "::1", 8080, "[::1]:8080"},
      {"https://[fd00::1]", true, "fd00::1", 443, "[fd00::1]"},
      {"http://localhost:443", false, "localhost", 443, "localhost:443"},
  };
  for (const Row& row : rows) {
    const auto origin = ParseHttpOrigin(row.url);
    ASSERT_TRUE(origin) << row.url << ": " << origin.error().message;
    EXPECT_EQ(origin->tls, row.tls) << row.url;
    EXPECT_EQ(origin->at.host, row.host) << row.url;
    EXPECT_EQ(origin->at.port, row.port) << row.url;
    EXPECT_EQ(origin->Host(), row.host_header) << row.url;
  }
}

TEST(HttpOriginTest, BadUrlsAreRefusedWithTheirText) {
  const char* const urls[] = {"",
                              "localhost:80",
                              "ftp://host",
                              "http://",
                              "http://:80",
                              "http://host:65536",
                              "http://host:",
                              "http://host:8x",
                              "http://host/path",
                              "http://host?query",
                              "http://user@host",
                              "http://host#part",
                              "http://a%20b",
                              "http://[v1.x]:80",
                              "http:host",
                              "/host",
                              "http://::1:80",
                              "http://[::1",
                              "http://[::1]80",
                              "http://[host]:80",
                              "http://ho st",
                              "http://host\r\nX: y"};
  for (const char* const url : urls) {
    const auto origin = ParseHttpOrigin(url);
    ASSERT_FALSE(origin) << url;
    EXPECT_EQ(origin.error().code, ErrorCode::kInvalidArgument) << url;
    EXPECT_NE(origin.error().message.find("read address \""), std::string::npos);
  }
}

TEST(HttpOriginTest, SchemeIsReadInEitherCase) {
  EXPECT_TRUE(ParseHttpOrigin("HTTPS://Host")->tls);
  EXPECT_EQ(ParseHttpOrigin("HTTPS://Host")->at.host, "Host");
}

TEST(HttpOriginTest, MissingBracketsAreTold) {
  EXPECT_NE(ParseHttpOrigin("https://::1:80").error().message.find("as in https://[::1]:8080"),
            std::string::npos);
}

TEST(WebSocketUrlTest, TargetIsWhatFollowsTheHost) {
  const std::pair<const char*, const char*> rows[] = {
      {"ws://host", "/"},
      {"ws://host?s=a%2Fb", "/?s=a%2Fb"},
      {"wss://host:1/exec/?s=1&t=2", "/exec/?s=1&t=2"}};
  for (const auto& [url, target] : rows) {
    const auto parsed = ParseWebSocketUrl(url);
    ASSERT_TRUE(parsed) << url;
    EXPECT_EQ(parsed->target, target) << url;
    EXPECT_EQ(parsed->origin.at.host, "host") << url;
  }
  EXPECT_TRUE(ParseWebSocketUrl("wss://host")->origin.tls);
  EXPECT_EQ(ParseWebSocketUrl("wss://host")->origin.at.port, 443);
}

TEST(WebSocketUrlTest, OtherUrlsAreRefused) {
  for (const char* const url : {"", "host", "http://host", "ws://", "ws://u@host", "ws://host#x",
                                "ws://host:8x", "ws://::1:80", "ws://h\r\nX: y"}) {
    EXPECT_FALSE(ParseWebSocketUrl(url)) << url;
  }
}

TEST(HostPortTest, ListenAddressesAreRead) {
  EXPECT_EQ(ParseHostPort(":10250")->host, "");
  EXPECT_EQ(ParseHostPort("[::]:10250")->Text(), "[::]:10250");
  EXPECT_EQ(ParseHostPort("127.0.0.1:0")->Text(), "127.0.0.1:0");
  for (const char* const text :
       {"127.0.0.1", "::1:80", "a:65536", "a:", "a:b", "a/b:1", "u@a:1", "a%20b:1", "[::1]"}) {
    EXPECT_FALSE(ParseHostPort(text)) << text;
  }
}

}  // namespace
}  // namespace vk::base
