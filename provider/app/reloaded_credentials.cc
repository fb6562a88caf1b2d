#include "provider/app/reloaded_credentials.h"

#include <utility>

namespace vk::app {
namespace {

bool Same(const eci::Credentials& a, const eci::Credentials& b) {
  return a.access_key_id == b.access_key_id &&
         a.access_key_secret.Reveal() == b.access_key_secret.Reveal() &&
         a.security_token.Reveal() == b.security_token.Reveal();
}

}  // namespace

ReloadedCredentials::ReloadedCredentials(eci::Credentials first, Read read, base::Clock& clock,
                                         base::Log& log)
    : credentials_("the access key of the settings", std::move(first), std::move(read), Same, clock,
                   log, kPeriod) {}

boost::asio::awaitable<base::Result<eci::Credentials>> ReloadedCredentials::Get(base::TimePoint) {
  co_return credentials_.Get();
}

}  // namespace vk::app
