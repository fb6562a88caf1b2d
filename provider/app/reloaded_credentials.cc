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
    : credentials_(std::move(first)),
      read_(std::move(read)),
      clock_(clock),
      log_(log),
      read_at_(clock.Now()) {}

boost::asio::awaitable<base::Result<eci::Credentials>> ReloadedCredentials::Get(base::TimePoint) {
  if (clock_.Now() - read_at_ >= kPeriod) ReadAgain();
  co_return credentials_;
}

void ReloadedCredentials::ReadAgain() {
  read_at_ = clock_.Now();
  auto read = read_();
  if (!read) {
    log_.Warn("cannot read the settings again; the access key stays",
              {{"error", read.error().message}});
  } else if (!Same(*read, credentials_)) {
    credentials_ = *std::move(read);
    log_.Info("the access key was replaced", {{"access_key", credentials_.access_key_id}});
  }
}

}  // namespace vk::app
