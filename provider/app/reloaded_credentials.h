#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>

#include "base/clock.h"
#include "base/log.h"
#include "base/reloaded.h"
#include "eci_client/credentials/credentials.h"

namespace vk::app {

// The credentials of the settings, read again every now and then: a key in the file of --config,
// such as a mounted Secret, can be replaced while the program runs. While they cannot be read, the
// last ones hold. Core thread.
class ReloadedCredentials final : public eci::CredentialsProvider {
 public:
  // Reads a few local files and never waits. Errors: whatever makes the settings unusable.
  using Read = std::function<base::Result<eci::Credentials>()>;

  // REQUIRES: `clock` and `log` outlive it.
  ReloadedCredentials(eci::Credentials first, Read read, base::Clock& clock, base::Log& log);

  boost::asio::awaitable<base::Result<eci::Credentials>> Get(base::TimePoint deadline) override;

  static constexpr std::chrono::seconds kPeriod{30};

 private:
  base::Reloaded<eci::Credentials> credentials_;
};

}  // namespace vk::app
