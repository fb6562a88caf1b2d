#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/event.h"
#include "base/log.h"
#include "base/random.h"
#include "provider/kube/kube_api.h"

namespace k8s::io::api::coordination::v1 {
class Lease;
}

namespace vk::kube {

struct LeaseElectionOptions {
  std::string ns;
  std::string name;
  std::string identity;                   // Unique per process, such as "host_pid_start".
  std::chrono::seconds duration{15};      // After which others may take it.
  std::chrono::seconds renew_within{10};  // After which we no longer act; less than `duration`.
  std::chrono::seconds retry{2};
  std::chrono::seconds call_limit{5};
};

// Told on the core thread, never from within a call of the owner's.
class LeaseObserver {
 public:
  virtual ~LeaseObserver() = default;
  virtual void OnHeld() = 0;
  // `renew_within` passed without renewal, or somebody else took it. The election goes on.
  virtual void OnLost() = 0;
  // Another process holds the lease, or wrote it since our own last renewal: whatever was known
  // before may be stale. `holder` is empty when it is not known who that was, since it has given
  // the lease back. OnLost and then OnHeld without this between them: nobody else wrote it. Once
  // per holder, again after each renewal of ours.
  virtual void OnWaiting(std::string_view holder) = 0;
  // The lease is older than it once was, or gone: etcd was restored from a backup. Whatever was
  // read from the API server before may never have been.
  virtual void OnRestored() {}
};

// One process of several acts; the rest wait. A Lease is the lock, as in client-go's leader
// election. The lock itself fences nothing: before each effect its holder asks Held().
//
// Taking over: when the lease is absent or released; when it did not change for its own duration by
// our clock, counted from when we first saw it so (clocks of machines are never compared); or at
// once when `holder_is_gone` knows that the holder's process has ended. What a restored API server
// says of the lease is old news, even that it is ours: only its present holder goes on at once.
// Writes carry the resource version, so that of two only one succeeds.
//
// Who held it before and takes it again learns by OnWaiting, and before OnHeld, whether somebody
// else wrote it meanwhile: nobody but another one empties its holder; a lease that still names us
// shows it by its transitions, or by its version when every write of ours was answered.
class LeaseElection {
 public:
  using HolderIsGone = std::function<bool(std::string_view holder)>;

  // REQUIRES: everything referred to outlives Run and Release.
  LeaseElection(LeaseElectionOptions options, KubeApi& api, base::Clock& clock, base::Random random,
                base::Log& log, HolderIsGone holder_is_gone, LeaseObserver& observer,
                boost::asio::any_io_executor executor);

  // Contends, renews, contends again, until cancelled. Called once.
  boost::asio::awaitable<void> Run();

  // True while we may act.
  bool Held() const { return clock_.Now() < held_until_; }

  // `renew_within` after the last successful renewal was sent; in the past when not held. No effect
  // may be sent after it.
  base::TimePoint HeldUntil() const { return held_until_; }

  // Returns when held. Errors: kCancelled. One waiter at a time.
  boost::asio::awaitable<base::Status> WaitHeld();

  // Gives it up at once, so that the next process need not wait for its end. Called after Run has
  // ended and every effect has settled; nothing happens unless the lease is ours. Errors: the
  // API's.
  boost::asio::awaitable<base::Status> Release(base::TimePoint deadline);

 private:
  using Lease = k8s::io::api::coordination::v1::Lease;

  boost::asio::awaitable<base::Status> TryOnce(base::TimePoint deadline);
  boost::asio::awaitable<base::Status> Take(Lease lease, base::TimePoint deadline);
  bool MayTake(const Lease& lease);
  bool WrittenByAnother(const Lease& lease) const;
  void TellWaiting(const std::string& holder);
  bool Expired(const Lease& lease) const;
  void Observe(const Lease& lease);
  void Renewed(base::TimePoint sent, const std::string& reply);
  void NoteLoss();

  const LeaseElectionOptions options_;
  KubeApi& api_;
  base::Clock& clock_;
  base::Random random_;
  base::Log& log_;
  HolderIsGone holder_is_gone_;
  LeaseObserver& observer_;
  base::Event held_;

  bool ever_held_ = false;
  bool was_held_ = false;
  base::TimePoint held_until_ = base::TimePoint::min();
  std::string last_written_;      // Our own lease as the server stored it; empty: read it first.
  std::string observed_version_;  // The lease's as last seen, and since when.
  base::TimePoint observed_at_;
  bool turned_back_ = false;     // Since the last renewal; who holds it in truth is not known.
  std::string renewed_version_;  // The lease's as our last renewal left it.
  int renewed_transitions_ = 0;  // The same.
  bool write_open_ = false;      // A later write of ours got no answer and may have had its effect.
  std::optional<std::string> told_holder_;  // By OnWaiting, since the last renewal.
};

}  // namespace vk::kube
