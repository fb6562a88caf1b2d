#include "eci_client/credentials/environment_credentials.h"

#include <fmt/format.h>

namespace vk::eci {
namespace {

struct VariableNames {
  std::string_view id;
  std::string_view secret;
  std::string_view token;
};
constexpr VariableNames kInOrder[] = {
    {"ECI_ACCESS_KEY", "ECI_SECRET_KEY", "ECI_SECURITY_TOKEN"},
    {"ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
     "ALIBABA_CLOUD_SECURITY_TOKEN"},
};

std::string ValueOf(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

}  // namespace

base::Result<Credentials> CredentialsFromEnvironment(const Environment& environment) {
  for (const VariableNames& names : kInOrder) {
    std::string id = ValueOf(environment, names.id);
    std::string secret = ValueOf(environment, names.secret);
    if (id.empty() && secret.empty()) continue;
    if (id.empty() || secret.empty()) {
      return std::unexpected(base::Error(
          base::ErrorCode::kUnauthenticated,
          fmt::format("read credentials: {} is set but {} is not; set both",
                      id.empty() ? names.secret : names.id, id.empty() ? names.id : names.secret)));
    }
    return Credentials{.access_key_id = std::move(id),
                       .access_key_secret = base::SecretString(std::move(secret)),
                       .security_token = base::SecretString(ValueOf(environment, names.token)),
                       .expiry = std::nullopt};
  }
  return std::unexpected(
      base::Error(base::ErrorCode::kUnauthenticated,
                  "read credentials: none in the environment; set ECI_ACCESS_KEY "
                  "and ECI_SECRET_KEY"));
}

}  // namespace vk::eci
