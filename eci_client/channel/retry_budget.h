#pragma once

#include <algorithm>

namespace vk::eci {

// How much of the traffic may be repetitions, so that a cloud in trouble is not buried by them: a
// store of tokens that each call fills a little and each retry takes one from. Starts full. Used on
// one thread.
class RetryBudget {
 public:
  struct Options {
    double per_call = 0.2;  // Tokens a call brings: one retry for every five calls.
    double most = 50;       // Retries that can be saved up.
  };

  explicit RetryBudget(Options options) : options_(options), tokens_(options.most) {}

  void OnCall() { tokens_ = std::min(options_.most, tokens_ + options_.per_call); }

  // Takes one token; false when there is none.
  bool TakeRetry() {
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  const Options options_;
  double tokens_;
};

}  // namespace vk::eci
