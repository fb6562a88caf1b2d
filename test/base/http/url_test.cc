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

TEST(HostPortTest, ListenAddressesAreRead) {
  EXPECT_EQ(ParseHostPort(":10250")->host, "");
  EXPECT_EQ(ParseHostPort("[::]:10250")->Text(), "[::]:10250");
  EXPECT_EQ(ParseHostPort("127.0.0.1:0")->Text(), "127.0.0.1:0");
  EXPECT_FALSE(ParseHostPort("127.0.0.1"));
}

}  // namespace
}  // namespace vk::base
