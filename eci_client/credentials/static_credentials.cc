#include "eci_client/credentials/static_credentials.h"

namespace vk::eci {

boost::asio::awaitable<base::Result<Credentials>> StaticCredentials::Get(base::TimePoint) {
  co_return credentials_;
}

}  // namespace vk::eci
