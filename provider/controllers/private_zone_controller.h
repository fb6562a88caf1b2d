#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/event.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "eci_client/private_zone_api.h"
#include "provider/kube/event_recorder.h"
#include "provider/kube/lease_term.h"

namespace vk::controllers {

struct PrivateZoneControllerOptions {
  bool all = false;        // Every Service; else those with the annotation.
  std::string cluster_id;  // Empty: the UID of namespace kube-system.
  std::string cluster_domain;
  std::string region;
  std::string vpc;
  std::string process;          // Holder identity of the Lease, unique per process.
  std::size_t max_active = 16;  // Records that are written at the same time.
  std::chrono::milliseconds removal_delay{500};  // An endpoint that moves is not one that went.
  std::chrono::seconds list_period{60};          // The zone is listed so often,
  std::chrono::seconds second_look{30};          // and once more so soon when it has orphans.
  std::chrono::seconds call_limit{15};
  std::chrono::seconds settle_limit{5};
};

// Keeps Services as records of PrivateZone: one process of the cluster, the holder of the Lease
// kube-system/virtual-node-private-zone, makes the zone, adds what Services want at once and
// removes what none wants. Level-triggered: a record that is wanted and not there is added whoever
// removed it, as soon as a listing shows that.
//
// Only records whose remark has the UID of kube-system are ours. One that nobody wants is removed
// when its Service said so while we watched, or exists and does not want it; one whose Service does
// not exist, after two listings. Nothing is removed while some Service or EndpointSlice cannot be
// read. The zone itself is never deleted.
//
// Failures go to the log, to an event of the Service (PrivateZoneFailed) and are tried again after
// 1 s to 60 s. Used on the core thread.
class PrivateZoneController final {
 public:
  // All outlive Run.
  struct Parts {
    kube::KubeApi& api;
    eci::PrivateZoneApi& zones;
    kube::EventRecorder& events;
    base::Clock& clock;
    base::Log& log;
    base::Metrics& metrics;
  };

  PrivateZoneController(PrivateZoneControllerOptions options, Parts parts, base::Random random,
                        kube::LeaseElection::HolderIsGone holder_is_gone,
                        boost::asio::any_io_executor executor);
  ~PrivateZoneController();

  // Until cancelled; then gives the Lease back. Records stay.
  boost::asio::awaitable<void> Run();

 private:
  class Session;

  boost::asio::awaitable<void> RunSession(kube::LeaseTerm* term);

  PrivateZoneControllerOptions options_;
  Parts parts_;
  base::Random random_;
  boost::asio::any_io_executor executor_;
  kube::LeaseTerms terms_;
  std::unique_ptr<Session> session_;
  std::string owner_;  // The UID of kube-system.
};

}  // namespace vk::controllers
