// Claims of pods, and what they lead to.

#include <utility>

#include "provider/agent/input_source.h"

namespace vk::agent {
namespace {

namespace core = k8s::io::api::core::v1;

// Null for an object that is absent or cannot be parsed.
template <class T>
std::shared_ptr<const T> Parse(const std::shared_ptr<const std::string>& bytes) {
  auto object = std::make_shared<T>();
  return bytes && object->ParseFromString(*bytes) ? object : nullptr;
}

}  // namespace

boost::asio::awaitable<base::Result<FetchedInputs>> InputSource::FetchClaims(
    std::string ns, std::vector<std::string> claims, base::TimePoint not_before,
    FetchedInputs fetched) {
  for (const std::string& name : claims) {
    VK_CO_TRY(claim_bytes, co_await Read({Kind::kClaim, ns, name}, not_before));
    const auto claim = Parse<core::PersistentVolumeClaim>(claim_bytes);
    const bool bound = claim && claim->status().phase() == "Bound";
    fetched.claims_ready = fetched.claims_ready && bound;
    if (!claim) continue;
    fetched.claims.push_back(claim);
    fetched.inputs.claims[name] = claim.get();
    if (!bound) continue;

    const std::string& volume_name = claim->spec().volumename();
    VK_CO_TRY(volume_bytes, co_await Read({Kind::kVolume, "", volume_name}, not_before));
    const auto volume = Parse<core::PersistentVolume>(volume_bytes);
    if (volume) {
      fetched.volumes.push_back(volume);
      fetched.inputs.volumes[volume_name] = volume.get();
    }
    // The Secret of another claim's volume is none of this pod's business.
    if (!volume || volume->spec().claimref().uid() != claim->metadata().uid()) {
      fetched.claims_ready = false;
      continue;
    }
    const auto needed = translate::VolumeSecretOf(*volume);
    if (!needed) continue;
    VK_CO_TRY(secret_bytes, co_await Read({Kind::kSecret, needed->ns, needed->name}, not_before));
    const auto secret = Parse<core::Secret>(secret_bytes);
    fetched.claims_ready = fetched.claims_ready && secret;
    if (!secret) continue;
    fetched.secrets.push_back(secret);
    fetched.inputs.volume_secrets[*needed] = secret.get();
  }
  co_return fetched;
}

}  // namespace vk::agent
