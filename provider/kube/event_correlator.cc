#include "provider/kube/event_correlator.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace vk::kube {
namespace {

constexpr std::size_t kMaxSimilar = 10;
constexpr std::chrono::seconds kSimilarWindow{600};
constexpr double kBurst = 25;
constexpr double kRefillPerSecond = 1.0 / 300;
constexpr std::size_t kMaxName = 253;
constexpr int kNameDigits = 16;

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
    written.name =
        about.name.substr(0, kMaxName - kNameDigits - 1) + "." + random_.HexDigits(kNameDigits);
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

}  // namespace vk::kube
