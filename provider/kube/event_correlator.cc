#include "provider/kube/event_correlator.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/fnv.h"

namespace vk::kube {
namespace {

constexpr std::size_t kMaxSimilar = 10;
constexpr std::chrono::seconds kSimilarWindow{600};
constexpr double kBurst = 25;
constexpr double kRefillPerSecond = 1.0 / 300;
constexpr std::size_t kMaxName = 253;
constexpr std::size_t kTimeDigits = 16;
constexpr std::size_t kChanceDigits = 4;  // Another process may write at the same time.

// Parts joined by a byte that none of them has.
std::string Key(std::initializer_list<std::string_view> parts) {
  std::string key;
  for (const std::string_view part : parts) key.append(part).push_back('\0');
  return key;
}

}  // namespace

std::optional<CorrelatedEvent> EventCorrelator::Observe(const EventNote& note) {
  const EventObject& about = note.about;
  const std::string_view type = note.type == EventType::kWarning ? "Warning" : "Normal";
  const std::string object =
      Key({about.kind, about.ns, about.name, about.uid, about.api_version, type});
  const std::string reason = object + note.reason;

  Similar& similar = similar_[reason];
  if (note.at - similar.last > kSimilarWindow) similar.messages.clear();
  similar.last = note.at;
  similar.messages.insert(note.message);
  const bool combined = similar.messages.size() >= kMaxSimilar;
  if (combined) similar.messages.erase(similar.messages.begin());

  Written& written =
      written_[combined ? reason : reason + Key({"", about.field_path, note.message})];
  if (++written.count == 1) {
    written.first = note.at;
    written.name = NameFor(note);
  } else if (note.once) {
    return std::nullopt;
  }
  CorrelatedEvent event{.name = written.name,
                        .count = written.count,
                        .first = written.first,
                        .message = note.message};
  if (combined) event.message.insert(0, "(combined from similar events): ");
  if (!Spend(object, note.at)) return std::nullopt;
  return event;
}

bool EventCorrelator::Spend(const std::string& object, base::WallTime now) {
  Bucket& bucket = buckets_[object];
  if (bucket.tokens < 0) {
    bucket = {.tokens = kBurst, .filled = now};
  } else {
    const double idle = std::chrono::duration<double>(now - bucket.filled).count();
    bucket.tokens = std::min(kBurst, bucket.tokens + std::max(0.0, idle) * kRefillPerSecond);
    bucket.filled = now;
  }
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

// By time first, as client-go's: kubectl shows events of one second in the order of their names.
std::string EventCorrelator::NameFor(const EventNote& note) {
  const std::string object = note.about.name.substr(0, kMaxName - kTimeDigits - kChanceDigits - 1);
  if (note.once) {
    return fmt::format(
        "{}.{:0{}x}", object,
        base::Fnv1a(note.once_for.empty() ? Key({note.about.uid, note.reason})
                                          : Key({note.about.uid, note.reason, note.once_for})),
        kTimeDigits);
  }
  const auto now = std::chrono::duration_cast<std::chrono::nanoseconds>(note.at.time_since_epoch());
  last_named_ = std::max(last_named_ + 1, static_cast<std::uint64_t>(now.count()));
  return fmt::format("{}.{:0{}x}{}", object, last_named_, kTimeDigits,
                     random_.HexDigits(kChanceDigits));
}

}  // namespace vk::kube
