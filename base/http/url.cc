#include "base/http/url.h"

#include <algorithm>
#include <boost/url/authority_view.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace vk::base {
namespace {

namespace urls = boost::urls;

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

// A URL may have more as its host than a resolver and a Host header take: nothing encoded passes.
bool IsName(std::string_view host) {
  return std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
  });
}

std::unexpected<Error> Wrong(std::string_view text, const std::string& why) {
  return std::unexpected(
      Error(ErrorCode::kInvalidArgument, "read address \"" + std::string(text) + "\": " + why));
}

Result<std::string> HostOf(const urls::authority_view& authority, std::string_view text) {
  if (authority.host_type() == urls::host_type::ipv6)
    return std::string(authority.encoded_host_address());
  std::string host(authority.encoded_host());
  if (!IsName(host)) return Wrong(text, "not a host name or IP address");
  return host;
}

// `otherwise`: where none is named; -1: it has to be.
Result<HostPort> ReadAuthority(const urls::authority_view& authority, std::string_view text,
                               int otherwise) {
  if (authority.has_userinfo()) return Wrong(text, "it may name no user");
  VK_TRY(host, HostOf(authority, text));
  if (!authority.has_port()) {
    if (otherwise < 0) return Wrong(text, "the port is missing, as in :8080");
    return HostPort{.host = host, .port = static_cast<std::uint16_t>(otherwise)};
  }
  // A port that is too large counts as 0.
  const std::string port(authority.port());
  const bool zero = port.find_first_not_of('0') == std::string::npos;
  if (port.empty() || (authority.port_number() == 0 && !zero))
    return Wrong(text, "the port is not 0 to 65535");
  return HostPort{.host = host, .port = authority.port_number()};
}

// A URL of one of two schemes, the second over TLS; whatever else it has.
struct SchemeAndView {
  bool tls = false;
  urls::url_view view;
};

Result<SchemeAndView> ReadUrl(std::string_view url, urls::scheme plain, urls::scheme over_tls) {
  const auto parsed = urls::parse_uri({url.data(), url.size()});
  const urls::url_view view = parsed ? *parsed : urls::url_view();
  // Boost 1.81 lets a path follow a port without a slash: "ws://host:8x" would be port 8.
  const bool divided = view.encoded_path().empty() || view.encoded_path().starts_with('/');
  if (!parsed || !divided)
    return Wrong(url, "not a URL; an IPv6 address needs brackets, as in https://[::1]:8080");
  if (!view.has_authority() || (view.scheme_id() != plain && view.scheme_id() != over_tls)) {
    return Wrong(url, "it has to start with " + std::string(urls::to_string(plain)) + ":// or " +
                          std::string(urls::to_string(over_tls)) + "://");
  }
  if (view.encoded_host().empty()) return Wrong(url, "the host is missing");
  return SchemeAndView{view.scheme_id() == over_tls, view};
}

Result<HttpOrigin> OriginOf(const SchemeAndView& read, std::string_view url) {
  VK_TRY(at, ReadAuthority(read.view.authority(), url, read.tls ? kHttpsPort : kHttpPort));
  return HttpOrigin{.tls = read.tls, .at = at};
}

}  // namespace

std::string HostPort::Text() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<HostPort> ParseHostPort(std::string_view text) {
  const auto parsed = urls::parse_authority({text.data(), text.size()});
  if (!parsed)
    return Wrong(text, "not HOST:PORT; an IPv6 address needs brackets, as in [::1]:8080");
  return ReadAuthority(*parsed, text, -1);
}

std::string HttpOrigin::Host() const {
  std::string text = at.Text();
  if (at.port != (tls ? kHttpsPort : kHttpPort)) return text;
  return text.substr(0, text.rfind(':'));
}

std::string HttpOrigin::Text() const { return (tls ? "https://" : "http://") + at.Text(); }

Result<HttpOrigin> ParseHttpOrigin(std::string_view url) {
  VK_TRY(read, ReadUrl(url, urls::scheme::http, urls::scheme::https));
  const std::string path(read.view.encoded_path());
  if ((!path.empty() && path != "/") || read.view.has_query() || read.view.has_fragment())
    return Wrong(url, "only a host and a port may follow the scheme");
  return OriginOf(read, url);
}

Result<WebSocketUrl> ParseWebSocketUrl(std::string_view url) {
  VK_TRY(read, ReadUrl(url, urls::scheme::ws, urls::scheme::wss));
  if (read.view.has_fragment()) return Wrong(url, "it may have no fragment");
  VK_TRY(origin, OriginOf(read, url));
  std::string target(read.view.encoded_target());
  if (!target.starts_with('/')) target.insert(0, "/");
  return WebSocketUrl{std::move(origin), std::move(target)};
}

}  // namespace vk::base
