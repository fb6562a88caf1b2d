#include "base/http/url.h"

#include <algorithm>
#include <boost/asio/ip/address_v6.hpp>
#include <charconv>

namespace vk::base {
namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

bool IsName(std::string_view host) {
  return std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
  });
}

Error Wrong(std::string_view text, const std::string& why) {
  return Error(ErrorCode::kInvalidArgument, "read address \"" + std::string(text) + "\": " + why);
}

Result<std::uint16_t> ParsePort(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size())
    return std::unexpected(Error(ErrorCode::kInvalidArgument, "the port is not 0 to 65535"));
  return port;
}

// What stands around the last colon that is not part of an IPv6 literal.
struct Parts {
  std::string_view host;
  std::string_view port;
  bool has_port = false;
};

Result<Parts> Divide(std::string_view text) {
  Parts parts;
  std::string_view rest = text;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return std::unexpected(Wrong(text, "\"]\" is missing"));
    parts.host = text.substr(1, close - 1);
    boost::system::error_code not_v6;
    boost::asio::ip::make_address_v6(std::string(parts.host), not_v6);
    if (not_v6) return std::unexpected(Wrong(text, "no IPv6 address in the brackets"));
    rest = text.substr(close + 1);
    if (!rest.empty() && !rest.starts_with(':'))
      return std::unexpected(Wrong(text, "only a port may follow \"]\""));
  } else {
    parts.host = text.substr(0, text.find(':'));
    if (!IsName(parts.host)) return std::unexpected(Wrong(text, "not a host name or IP address"));
    rest = text.substr(parts.host.size());
    if (rest.find(':', 1) != std::string_view::npos)
      return std::unexpected(Wrong(text, "an IPv6 address needs brackets, as in [::1]:8080"));
  }
  parts.has_port = !rest.empty();
  if (parts.has_port) parts.port = rest.substr(1);
  return parts;
}

}  // namespace

std::string HostPort::Text() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<HostPort> ParseHostPort(std::string_view text) {
  VK_TRY(parts, Divide(text));
  if (!parts.has_port) return std::unexpected(Wrong(text, "the port is missing, as in :8080"));
  auto port = ParsePort(parts.port);
  if (!port) return std::unexpected(Wrong(text, port.error().message));
  return HostPort{.host = std::string(parts.host), .port = *port};
}

std::string HttpOrigin::Host() const {
  std::string text = at.Text();
  if (at.port != (tls ? kHttpsPort : kHttpPort)) return text;
  return text.substr(0, text.rfind(':'));
}

std::string HttpOrigin::Text() const { return (tls ? "https://" : "http://") + at.Text(); }

Result<HttpOrigin> ParseHttpOrigin(std::string_view url) {
  static constexpr std::string_view kHttp = "http://";
  static constexpr std::string_view kHttps = "https://";
  HttpOrigin origin{.tls = url.starts_with(kHttps), .at = {}};
  if (!origin.tls && !url.starts_with(kHttp))
    return std::unexpected(Wrong(url, "it has to start with http:// or https://"));
  std::string_view rest = url.substr((origin.tls ? kHttps : kHttp).size());
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find_first_of("/?#@") != std::string_view::npos)
    return std::unexpected(Wrong(url, "only a host and a port may follow the scheme"));
  VK_TRY(parts, Divide(rest));
  if (parts.host.empty()) return std::unexpected(Wrong(url, "the host is missing"));
  origin.at = {.host = std::string(parts.host), .port = origin.tls ? kHttpsPort : kHttpPort};
  if (!parts.has_port) return origin;
  auto port = ParsePort(parts.port);
  if (!port) return std::unexpected(Wrong(url, port.error().message));
  origin.at.port = *port;
  return origin;
}

}  // namespace vk::base
