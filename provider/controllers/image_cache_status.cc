#include "provider/controllers/image_cache_status.h"

#include <algorithm>
#include <utility>

#include "base/proto_json/rfc3339.h"
#include "proto/eci/v1/image_cache.pb.h"
#include "proto/kubernetes/image_cache.pb.h"
#include "proto/kubernetes/meta/v1/meta.pb.h"
#include "provider/kube/merge_patch.h"
#include "provider/kube/object_bytes.h"
#include "provider/kube/object_time.h"

namespace vk::controllers {
namespace {

using Time = k8s::io::apimachinery::pkg::apis::meta::v1::Time;

constexpr int kMaxEvents = 50;

// What is no time leaves `time` as it is.
void ReadTime(const std::string& text, Time* time) {
  if (const auto parsed = base::ParseRfc3339(text)) time->set_seconds(parsed->seconds);
}

void TellEvents(const eci::v1::ImageCache& cache, kubernetes::ImageCacheStatus* status) {
  status->clear_events();
  for (int i = std::max(0, cache.events_size() - kMaxEvents); i < cache.events_size(); ++i) {
    const eci::v1::Event& from = cache.events(i);
    kubernetes::ImageCacheEvent& to = *status->add_events();
    if (!from.name().empty()) to.set_name(from.name());
    to.set_type(from.type());
    to.set_reason(from.reason());
    to.set_message(from.message());
    if (from.count() > 0) to.set_count(from.count());
    if (!from.first_timestamp().empty())
      ReadTime(from.first_timestamp(), to.mutable_firsttimestamp());
    if (!from.last_timestamp().empty()) ReadTime(from.last_timestamp(), to.mutable_lasttimestamp());
  }
}

// Why the pull failed: the newest warning.
std::string FailureOf(const eci::v1::ImageCache& cache) {
  for (int i = cache.events_size() - 1; i >= 0; --i) {
    if (cache.events(i).type() == "Warning")
      return cache.events(i).reason() + ": " + cache.events(i).message();
  }
  return "the cloud does not say why";
}

}  // namespace

void TellCache(const eci::v1::ImageCache& cache, kubernetes::ImageCacheStatus* status) {
  status->set_phase(cache.status());
  status->set_imagecacheid(cache.image_cache_id());
  if (!cache.progress().empty()) status->set_progress(cache.progress());
  status->clear_reason();
  if (cache.status().ends_with("Failed")) status->set_reason(FailureOf(cache));
  if (!cache.creation_time().empty()) ReadTime(cache.creation_time(), status->mutable_starttime());
  status->clear_expiredatetime();
  if (!cache.expire_date_time().empty())
    ReadTime(cache.expire_date_time(), status->mutable_expiredatetime());
  TellEvents(cache, status);
}

void TellGone(base::WallTime now, kubernetes::ImageCacheStatus* status) {
  const bool expired =
      status->has_expiredatetime() && kube::WallTimeAt(status->expiredatetime().seconds()) <= now;
  if (status->phase() == kPhaseExpired || status->phase() == kPhaseLost) return;
  const bool failed = status->phase() == kPhaseFailed;
  if (failed) return;  // The cloud keeps those for a day; what failed is better news.
  status->set_phase(expired ? kPhaseExpired : kPhaseLost);
  status->clear_progress();
  status->set_reason(
      std::string(expired ? "The cloud deleted it at the end of its retention"
                          : "The cloud no longer has it, and nobody deleted this object") +
      "; for a new one change the spec, or delete this object and create it again");
}

std::string StatusPatch(const kubernetes::ImageCache& object, kubernetes::ImageCacheStatus status,
                        base::WallTime now) {
  *status.mutable_lastupdatedtime() = object.status().lastupdatedtime();
  if (!object.status().has_lastupdatedtime()) status.clear_lastupdatedtime();
  if (kube::ToBytes(status) == kube::ToBytes(object.status())) return {};
  kube::SetTime(now, status.mutable_lastupdatedtime());
  kubernetes::ImageCache after = object;
  *after.mutable_status() = std::move(status);
  return kube::MakeMergePatch(object, after).value_or(std::string());
}

}  // namespace vk::controllers
