#pragma once

#include "eci_client/credentials/credentials.h"

namespace vk::eci {

// The same credentials for ever, whatever their expiry says: the cloud knows better when they end.
class StaticCredentials final : public CredentialsProvider {
 public:
  explicit StaticCredentials(Credentials credentials) : credentials_(std::move(credentials)) {}

  boost::asio::awaitable<base::Result<Credentials>> Get(base::TimePoint deadline) override;

 private:
  Credentials credentials_;
};

}  // namespace vk::eci
