#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/http/transport.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "base/result.h"
#include "eci_client/channel/factory.h"
#include "eci_client/credentials/credentials.h"
#include "eci_client/eci_api.h"
#include "eci_client/image_cache_api.h"
#include "eci_client/private_zone_api.h"
#include "provider/app/reloaded_credentials.h"
#include "provider/config/options.h"

namespace vk::app {

// The access key of the settings; empty where a role takes its place.
eci::Credentials CredentialsOf(const config::Options& options);

// The clients of the cloud, as the settings want them: where each product is reached, and as whom:
// the access key, or a role that STS gives short-lived keys for. Core thread.
class CloudAccess {
 public:
  // All outlive the object.
  struct Parts {
    base::Clock& clock;
    base::Random& random;
    base::Log& log;
    base::Metrics& metrics;
    boost::asio::any_io_executor executor;
    // The access key as the settings have it now.
    ReloadedCredentials::Read read_credentials;
    std::function<base::Result<std::string>(const std::string& path)> read_file;
  };

  // Errors: kInvalidArgument for what is wrong with the settings. Asks nobody yet.
  static base::Result<std::unique_ptr<CloudAccess>> Make(const config::Options& options,
                                                         Parts parts);

  eci::EciApi& groups() { return *groups_; }
  eci::ImageCacheApi& image_caches() { return *image_caches_; }
  // Null with --private-zone=off.
  eci::PrivateZoneApi* zones() { return zones_.get(); }

 private:
  // One product's endpoint.
  struct Endpoint {
    std::unique_ptr<base::HttpTransport> transport;
    std::unique_ptr<eci::RpcChannel> channel;
  };

  CloudAccess(const config::Options& options, Parts parts);
  base::Result<Endpoint> Open(const std::string& url, eci::ChannelOptions options,
                              eci::CredentialsProvider& credentials);
  base::Status OpenRole();
  base::Status OpenGroups();
  base::Status OpenZones();

  const config::Options options_;
  Parts parts_;
  ReloadedCredentials key_;
  Endpoint sts_;
  std::unique_ptr<eci::CredentialsProvider> role_;
  eci::CredentialsProvider* credentials_ = &key_;
  Endpoint eci_;
  std::unique_ptr<eci::EciApi> groups_;
  std::unique_ptr<eci::ImageCacheApi> image_caches_;
  Endpoint pvtz_;
  std::unique_ptr<eci::PrivateZoneApi> zones_;
};

}  // namespace vk::app
