#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "provider/kube/kube_api.h"

namespace vk::kube {

// One call of a FakeKubeClient as the fault hook sees it; valid during the hook alone.
struct KubeCall {
  std::string_view verb;  // get, list, watch, create, update, patch, delete
  const Resource& resource;
  const ObjectKey& key;
  std::string_view body;  // The object or the patch; empty for the others.
};

// Longer than any deadline: the call ends by kDeadlineExceeded.
inline constexpr std::chrono::nanoseconds kForever = std::chrono::hours(24 * 365);

// What goes wrong between a process and the API server. This class is the network without faults;
// a test or the simulation overrides what it needs. Called on the process's thread, once per call
// in each place; must outlive the clients that use it, but is not called after their Detach.
class FakeKubeFaults {
 public:
  struct Request {
    std::chrono::nanoseconds latency{};     // Before the effect.
    std::optional<base::Error> error = {};  // Answered instead of it.
  };
  struct Reply {
    std::chrono::nanoseconds latency{};     // After the effect, which has happened.
    std::optional<base::Error> error = {};  // What the caller sees of it: a lost reply.
  };
  struct Delivery {
    std::chrono::nanoseconds delay{};  // Events keep their order, so a late one holds up the next.
    bool broken = false;               // The watch's connection breaks instead.
  };

  virtual ~FakeKubeFaults() = default;

  virtual Request BeforeEffect(const KubeCall& /*call*/) { return {}; }

  // `error` is the server's answer, null when it took the call.
  virtual Reply AfterEffect(const KubeCall& /*call*/, const base::Error* /*error*/) { return {}; }

  // How long the server keeps this watch open, if that is less than was asked for.
  virtual std::chrono::nanoseconds WatchLimit(const KubeCall& /*watch*/) { return kForever; }

  // Asked for each event of each watch, at the moment of the change.
  virtual Delivery OnWatchEvent(const KubeCall& /*watch*/, const WatchEvent& /*event*/) {
    return {};
  }
};

}  // namespace vk::kube
