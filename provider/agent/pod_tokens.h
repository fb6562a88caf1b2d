#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "provider/agent/pod_snapshot.h"
#include "provider/kube/kube_api.h"
#include "provider/translate/pod_to_group.h"

namespace vk::agent {

// The ServiceAccount tokens that one pod's group is made with.
struct FetchedTokens {
  std::map<translate::TokenReference, std::string> texts;
  std::vector<translate::Notice> notices;  // When they end, for a pod that may go on then.
};

// Has bound tokens issued, one per projected source. A group's files are never written again, so
// that a token has to last: admission's hour for the API server's own audience, which the server
// makes a year unless told otherwise, is asked for as it is, and only where it stays short as
// `lifetime`; all others as the pod has them. Core thread.
class PodTokens {
 public:
  // All that is referred to outlives the object.
  PodTokens(kube::KubeApi& api, base::Clock& clock, std::chrono::seconds lifetime)
      : api_(api), clock_(clock), lifetime_(lifetime) {}

  // Errors: the API server's.
  boost::asio::awaitable<base::Result<FetchedTokens>> Fetch(
      std::shared_ptr<const PodSnapshot> pod, std::vector<translate::TokenReference> references);

 private:
  struct Issued {
    std::string text;
    std::int64_t ends = 0;  // Seconds since 1970.
  };

  boost::asio::awaitable<base::Result<Issued>> Lasting(std::shared_ptr<const PodSnapshot> pod,
                                                       translate::TokenReference token);
  boost::asio::awaitable<base::Result<Issued>> Request(std::shared_ptr<const PodSnapshot> pod,
                                                       translate::TokenReference token);
  std::int64_t WallSeconds() const;
  void WarnOfEnd(const PodSnapshot& pod, const translate::TokenReference& token, std::int64_t ends,
                 FetchedTokens* fetched) const;

  kube::KubeApi& api_;
  base::Clock& clock_;
  const std::chrono::seconds lifetime_;
};

}  // namespace vk::agent
