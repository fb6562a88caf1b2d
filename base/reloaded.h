#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"

namespace vk::base {

// A value made from local files that somebody else may replace while the program runs, such as a
// certificate with its key. It is read again, at most once per period, when it is asked for. What
// cannot be used, such as one half of a pair that is being replaced, leaves the value as it was,
// with one warning until it can be used again. Used on one thread.
template <class T>
class Reloaded {
 public:
  // Reads a few local files, checks that what they hold can be used, and never waits.
  using Read = std::function<Result<T>()>;
  using Same = std::function<bool(const T&, const T&)>;

  // `what` names the value in the log. REQUIRES: `clock` and `log` outlive it.
  Reloaded(std::string what, T first, Read read, Same same, Clock& clock, Log& log,
           std::chrono::seconds period)
      : what_(std::move(what)),
        value_(std::move(first)),
        read_(std::move(read)),
        same_(std::move(same)),
        clock_(clock),
        log_(log),
        period_(period),
        read_at_(clock.Now()) {}

  // Good until the next call.
  const T& Get() {
    if (clock_.Now() - read_at_ >= period_) ReadAgain();
    return value_;
  }

 private:
  void ReadAgain() {
    read_at_ = clock_.Now();
    auto read = read_();
    if (!read) {
      if (!std::exchange(failing_, true))
        log_.Warn("a replaced file cannot be used; what was read before stays in use",
                  {{"what", what_}, {"error", read.error().message}});
      return;
    }
    failing_ = false;
    if (same_(*read, value_)) return;
    value_ = *std::move(read);
    log_.Info("a file was replaced; what it holds now is used from here on", {{"what", what_}});
  }

  const std::string what_;
  T value_;
  const Read read_;
  const Same same_;
  Clock& clock_;
  Log& log_;
  const std::chrono::seconds period_;
  TimePoint read_at_;
  bool failing_ = false;
};

}  // namespace vk::base
