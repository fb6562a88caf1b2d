#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/event.h"
#include "base/log.h"
#include "base/random.h"
#include "base/send_permit.h"
#include "base/task_group.h"
#include "provider/kube/kube_api.h"
#include "provider/kube/lease_election.h"

namespace vk::kube {

// One term of a Lease: from taking it until anybody else wrote it, or until the API server turned
// back. What is known belongs to the term; calls that were begun in it are sent in it or never. The
// Lease may be lost for a while within one term, when nobody else took it. Core thread.
class LeaseTerm final : public base::SendPermit {
 public:
  // REQUIRES: the election outlives the term.
  LeaseTerm(const LeaseElection& election, boost::asio::any_io_executor executor)
      : election_(election), over_event_(std::move(executor)) {}

  // True while its holder may act.
  bool Held() const { return !over_ && election_.Held(); }
  bool MaySend() const override { return Held(); }

  // In the past when it is not held.
  base::TimePoint HeldUntil() const {
    return over_ ? base::TimePoint::min() : election_.HeldUntil();
  }

  // Returns when the term is over. Errors: kCancelled. One waiter.
  boost::asio::awaitable<base::Status> WaitOver() { return over_event_.Wait(); }

  // For LeaseTerms, and for a session that finds that what it knows is not so.
  void End() {
    over_ = true;
    over_event_.Set();
  }

 private:
  const LeaseElection& election_;
  bool over_ = false;
  base::Event over_event_;
};

// For a session that ends: waits until `idle`, at most until `limit`, also when it was cancelled.
// It begins nothing new meanwhile, and what it has in flight ends before the Lease is given back.
boost::asio::awaitable<void> Settle(base::Clock& clock, base::TimePoint limit,
                                    std::function<bool()> idle);

struct LeaseTermsOptions {
  LeaseElectionOptions lease;
  std::string subject;  // What the holder keeps, for the log: "this node".
  // How loudly it is told that another process holds it.
  base::LogLevel waiting_level = base::LogLevel::kInfo;
  std::chrono::seconds release_limit{5};  // For giving it back.
};

// Contends for a Lease and runs one session in each term of it, one after the other. Core thread.
class LeaseTerms final : private LeaseObserver {
 public:
  struct Hooks {
    // Everything of one term; `term` outlives it. Returns when the term is over or when cancelled,
    // after the calls that it has in flight have ended.
    std::function<boost::asio::awaitable<void>(LeaseTerm* term)> run;
    // It is held, perhaps again in the same term: what waited goes on.
    std::function<void()> on_held;
  };

  // REQUIRES: everything referred to outlives Run.
  LeaseTerms(LeaseTermsOptions options, KubeApi& api, base::Clock& clock, base::Random random,
             base::Log& log, LeaseElection::HolderIsGone holder_is_gone, Hooks hooks,
             boost::asio::any_io_executor executor);

  // Until cancelled; then, after the session has ended, gives the Lease back. Called once.
  boost::asio::awaitable<void> Run();

  // The process that is known to hold it instead of this one; empty: none is.
  const std::string& other_holder() const { return other_holder_; }

 private:
  boost::asio::awaitable<void> GiveBack();
  void OnHeld() override;
  void OnLost() override;
  void OnWaiting(std::string_view holder) override;
  void OnRestored() override;

  const LeaseTermsOptions options_;
  base::Clock& clock_;
  base::Log& log_;
  const Hooks hooks_;
  boost::asio::any_io_executor executor_;
  LeaseElection election_;
  base::TaskGroup tasks_;
  LeaseTerm* term_ = nullptr;  // The present one; null between two.
  std::string other_holder_;
};

}  // namespace vk::kube
