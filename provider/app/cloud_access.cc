#include "provider/app/cloud_access.h"

#include <fmt/format.h>

#include <utility>

#include "base/http/client.h"
#include "eci_client/credentials/role_credentials.h"
#include "eci_client/eci_client.h"
#include "eci_client/image_cache_client.h"
#include "eci_client/private_zone_client.h"

namespace vk::app {
namespace {

constexpr int kConnections = 16;  // To each product.
// PrivateZone publishes no limits; a burst of a tenth of this is a record for 60 Services at once.
constexpr int kZoneCallsPerMinute = 600;
constexpr std::size_t kLongestSessionName = 64;

std::string Or(const std::string& given, std::string otherwise) {
  return given.empty() ? std::move(otherwise) : given;
}

}  // namespace

eci::Credentials CredentialsOf(const config::Options& options) {
  return {options.access_key, options.secret_key, options.security_token, std::nullopt};
}

CloudAccess::CloudAccess(const config::Options& options, Parts parts)
    : options_(options),
      parts_(std::move(parts)),
      key_(CredentialsOf(options), parts_.read_credentials, parts_.clock, parts_.log) {}

base::Result<std::unique_ptr<CloudAccess>> CloudAccess::Make(const config::Options& options,
                                                             Parts parts) {
  std::unique_ptr<CloudAccess> access(new CloudAccess(options, std::move(parts)));
  VK_CHECK_OK(access->OpenRole());
  VK_CHECK_OK(access->OpenGroups());
  VK_CHECK_OK(access->OpenZones());
  return access;
}

base::Result<CloudAccess::Endpoint> CloudAccess::Open(const std::string& url,
                                                      eci::ChannelOptions options,
                                                      eci::CredentialsProvider& credentials) {
  VK_TRY(transport, base::MakeHttpClient({.url = url, .max_connections = kConnections},
                                         parts_.executor, parts_.clock));
  options.http.host = eci::HostOfUrl(url);
  options.rate_limit.lifted = options_.cloud_limits == config::CloudLimits::kLifted;
  auto channel = eci::MakeChannel(std::move(options), {.transport = *transport,
                                                       .credentials = credentials,
                                                       .clock = parts_.clock,
                                                       .random = parts_.random,
                                                       .log = parts_.log,
                                                       .metrics = parts_.metrics,
                                                       .executor = parts_.executor});
  return Endpoint{.transport = std::move(transport), .channel = std::move(channel)};
}

base::Status CloudAccess::OpenRole() {
  if (options_.role_arn.empty()) return {};
  eci::ChannelOptions channel;
  channel.http.version = eci::RoleCredentials::kVersion;
  VK_TRY(sts, Open(Or(options_.sts_endpoint,
                      fmt::format("https://sts.{}.aliyuncs.com", options_.region)),
                   std::move(channel), key_));
  sts_ = std::move(sts);
  role_ = std::make_unique<eci::RoleCredentials>(
      eci::RoleOptions{
          .role_arn = options_.role_arn,
          .session_name = ("virtual-node-" + options_.node_name).substr(0, kLongestSessionName),
          .oidc_provider_arn = options_.oidc_provider_arn},
      *sts_.channel, [this] { return parts_.read_file(options_.oidc_token_file); }, parts_.clock,
      parts_.log, parts_.executor);
  credentials_ = role_.get();
  return {};
}

base::Status CloudAccess::OpenGroups() {
  eci::ChannelOptions channel;
  channel.rate_limit.read_share = options_.cloud_read_share;
  VK_TRY(eci, Open(Or(options_.eci_endpoint,
                      fmt::format("https://eci.{}.aliyuncs.com", options_.region)),
                   std::move(channel), *credentials_));
  eci_ = std::move(eci);
  groups_ = std::make_unique<eci::EciClient>(*eci_.channel, options_.region);
  image_caches_ = std::make_unique<eci::ImageCacheClient>(*eci_.channel, options_.region);
  return {};
}

base::Status CloudAccess::OpenZones() {
  if (options_.private_zone == config::PrivateZone::kOff) return {};
  eci::ChannelOptions channel;
  channel.http.version = eci::PrivateZoneClient::kVersion;
  for (const char* action : {"AddZoneRecord", "DeleteZoneRecord", "DescribeZoneRecords"})
    channel.rate_limit.per_minute[action] = kZoneCallsPerMinute;
  VK_TRY(pvtz, Open(Or(options_.pvtz_endpoint, "https://pvtz.aliyuncs.com"), std::move(channel),
                    *credentials_));
  pvtz_ = std::move(pvtz);
  zones_ = std::make_unique<eci::PrivateZoneClient>(*pvtz_.channel);
  return {};
}

}  // namespace vk::app
