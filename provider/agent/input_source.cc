#include "provider/agent/input_source.h"

#include <algorithm>

#include "provider/kube/object_bytes.h"

namespace vk::agent {
namespace {

using base::ErrorCode;
using base::TimePoint;
using k8s::io::api::core::v1::ConfigMap;
using k8s::io::api::core::v1::Secret;
using k8s::io::api::core::v1::Service;

constexpr std::chrono::seconds kReadLimit{10};
constexpr std::chrono::seconds kWatchSpan{300};
// What was read serves pods that were seen before it was asked for: many that wait for the same
// limit of the cloud are planned one after another, and refer to the same objects.
constexpr std::chrono::seconds kKeptFor{1};
constexpr std::size_t kMostKept = 64;
constexpr std::size_t kLargestKept = 65'536;  // Bytes.
constexpr std::chrono::milliseconds kRetryPause{1'000};
constexpr std::chrono::milliseconds kDeniedPause{5'000};

kube::Resource ResourceOf(translate::ObjectReference::Kind kind) {
  using enum translate::ObjectReference::Kind;
  switch (kind) {
    case kConfigMap:
      return kube::kConfigMaps;
    case kSecret:
      return kube::kSecrets;
    case kClaim:
      return kube::kPersistentVolumeClaims;
    case kVolume:
      return kube::kPersistentVolumes;
  }
  std::unreachable();
}

template <class T>
std::shared_ptr<const T> Parse(const std::string& bytes) {
  auto object = std::make_shared<T>();
  return object->ParseFromString(bytes) ? object : nullptr;
}

}  // namespace

InputSource::InputSource(kube::KubeApi& api, base::Clock& clock, base::Log& log,
                         base::TaskGroup& tasks, boost::asio::any_io_executor executor,
                         std::chrono::seconds token_lifetime)
    : api_(api),
      clock_(clock),
      log_(log),
      tasks_(tasks),
      executor_(std::move(executor)),
      tokens_(api, clock, token_lifetime) {}

boost::asio::awaitable<base::Result<FetchedInputs>> InputSource::Fetch(
    std::shared_ptr<const PodSnapshot> pod, translate::PodReferences references,
    TimePoint not_before) {
  FetchedInputs fetched;
  for (const translate::ObjectReference& reference : references.objects) {
    VK_CO_TRY(bytes, co_await Read({reference.kind, pod->ns, reference.name}, not_before));
    if (!bytes) continue;
    if (reference.kind == Kind::kConfigMap) {
      fetched.config_maps.push_back(Parse<ConfigMap>(*bytes));
      if (fetched.config_maps.back())
        fetched.inputs.config_maps[reference.name] = fetched.config_maps.back().get();
    } else {
      fetched.secrets.push_back(Parse<Secret>(*bytes));
      if (fetched.secrets.back())
        fetched.inputs.secrets[reference.name] = fetched.secrets.back().get();
    }
  }
  // A missing object makes the tokens pointless.
  for (const translate::ObjectReference& reference : references.objects) {
    const bool found = reference.kind == Kind::kConfigMap
                           ? fetched.inputs.config_maps.contains(reference.name)
                           : fetched.inputs.secrets.contains(reference.name);
    if (!found && !reference.optional) co_return fetched;
  }
  VK_CO_TRY(with_claims, co_await FetchClaims(pod->ns, std::move(references.claims), not_before,
                                              std::move(fetched)));
  fetched = std::move(with_claims);
  if (!fetched.claims_ready) co_return fetched;
  VK_CO_TRY(tokens, co_await tokens_.Fetch(pod, std::move(references.tokens)));
  fetched.inputs.tokens = std::move(tokens.texts);
  fetched.notices = std::move(tokens.notices);
  AddServices(pod->ns, &fetched);
  co_return fetched;
}

boost::asio::awaitable<base::Result<std::shared_ptr<const std::string>>> InputSource::Read(
    ObjectId id, TimePoint not_before) {
  DropOld();
  while (true) {
    const auto found = cache_.find(id);
    if (found == cache_.end() || (!found->second->loading && found->second->asked < not_before))
      break;
    const std::shared_ptr<Cached> shared = found->second;
    if (shared->loading) {
      const auto loaded = std::make_shared<base::Event>(executor_);
      shared->waiting.push_back(loaded);
      VK_CO_CHECK_OK(co_await loaded->WaitUntil(clock_, clock_.Now() + kReadLimit));
    }
    if (shared->asked >= not_before && !shared->loading) co_return shared->bytes;
  }
  const auto mine = std::make_shared<Cached>();
  mine->asked = clock_.Now();
  mine->loading = true;
  cache_[id] = mine;
  const kube::Resource resource = ResourceOf(id.kind);
  auto read = co_await api_.Get(resource, {.ns = id.ns, .name = id.name, .subresource = {}},
                                clock_.Now() + kReadLimit);
  mine->loading = false;
  if (read) {
    mine->bytes = std::make_shared<const std::string>(*std::move(read));
  } else if (read.error().code != ErrorCode::kNotFound) {
    mine->bytes = std::unexpected(
        std::move(read).error().In("read " + std::string(resource.kind) + " " + id.name));
  }
  for (const auto& waiting : mine->waiting) waiting->Set();
  mine->waiting.clear();
  const bool found = mine->bytes && *mine->bytes;
  const bool small = found && (*mine->bytes)->size() <= kLargestKept;
  const auto entry = cache_.find(id);
  const bool newest = entry != cache_.end() && entry->second == mine;
  if (newest && (!small || cache_.size() > kMostKept)) cache_.erase(entry);
  co_return mine->bytes;
}

void InputSource::DropOld() {
  std::erase_if(cache_, [&](const auto& entry) {
    return !entry.second->loading && entry.second->asked + kKeptFor < clock_.Now();
  });
}

void InputSource::WaitFor(const PodSnapshot& pod,
                          const std::vector<translate::ObjectReference>& missing) {
  for (const translate::ObjectReference& reference : missing) {
    const bool namespaced = ResourceOf(reference.kind).namespaced;
    const ObjectId id{reference.kind, namespaced ? pod.ns : "", reference.name};
    const bool first = !waiting_.contains(id);
    waiting_[id].insert(pod.uid);
    awaited_[pod.uid].insert(id);
    if (first) tasks_.Spawn("wait for " + id.name, Watch(id));
  }
}

void InputSource::StopWaiting(const std::string& uid) {
  const auto awaited = awaited_.extract(uid);
  if (!awaited) return;
  for (const ObjectId& id : awaited.mapped()) {
    // An entry without pods ends its watch at the next event.
    if (const auto entry = waiting_.find(id); entry != waiting_.end()) entry->second.erase(uid);
  }
}

boost::asio::awaitable<void> InputSource::Watch(ObjectId id) {
  while (!co_await base::Cancelled() && waiting_.contains(id) && !waiting_[id].empty()) {
    const TimePoint begin = clock_.Now();
    const bool may_watch = watches_ < kMaxWatches;
    if (may_watch) ++watches_;
    const base::Status done = co_await (may_watch ? WatchOnce(id) : ReadOnce(id));
    if (may_watch) --watches_;
    // The authorizer of nodes lets them get claims and volumes, not watch them.
    const bool denied = !done && done.error().code == ErrorCode::kPermissionDenied;
    if (may_watch && denied) (void)co_await ReadOnce(id);
    // Also after a watch that ended in order: a server may end each at once.
    TimePoint next = begin + kRetryPause;
    if (!done) {
      next = clock_.Now() + std::max(denied ? kDeniedPause : kRetryPause,
                                     done.error().retry_after.value_or(kRetryPause));
    }
    (void)co_await clock_.SleepUntil(next);
  }
  waiting_.erase(id);
}

boost::asio::awaitable<base::Status> InputSource::ReadOnce(ObjectId id) {
  const auto read =
      co_await api_.Get(ResourceOf(id.kind), {.ns = id.ns, .name = id.name, .subresource = {}},
                        clock_.Now() + kReadLimit);
  if (read) Arrived(id);
  co_return read ? base::Status() : base::Status(std::unexpected(read.error()));
}

boost::asio::awaitable<base::Status> InputSource::WatchOnce(ObjectId id) {
  const kube::Resource resource = ResourceOf(id.kind);
  // Resource version 0 starts with the objects that exist already: nothing that arrived meanwhile
  // is missed.
  kube::WatchOptions options;
  options.field_selector = "metadata.name=" + id.name;
  options.resource_version = "0";
  options.timeout = kWatchSpan;
  VK_CO_TRY(stream, co_await api_.Watch(resource, id.ns, options, clock_.Now() + kReadLimit));
  while (waiting_.contains(id) && !waiting_[id].empty()) {
    auto events = co_await stream->Next(clock_.Now() + kReadLimit);
    if (!events && events.error().code == ErrorCode::kDeadlineExceeded) continue;
    VK_CO_CHECK_OK(events ? base::Status() : base::Status(std::unexpected(events.error())));
    if (events->empty()) co_return base::Status();
    for (const kube::WatchEvent& event : *events) {
      if (event.type == kube::WatchEventType::kAdded ||
          event.type == kube::WatchEventType::kModified)
        Arrived(id);
    }
  }
  co_return base::Status();
}

void InputSource::Arrived(const ObjectId& id) {
  cache_.erase(id);
  const auto found = waiting_.find(id);
  if (found == waiting_.end()) return;
  const std::set<std::string> pods = found->second;
  for (const std::string& uid : pods) on_arrival_(uid);
}

bool InputSource::UpsertService(std::string_view bytes) {
  auto service = std::make_shared<Service>();
  if (!service->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    log_.Error("skip an object of the service list", {{"error", "the bytes are not a Service"}});
    return false;
  }
  service->DiscardUnknownFields();
  service->mutable_metadata()->clear_managedfields();
  const ServiceKey key{service->metadata().namespace_(), service->metadata().name()};
  incoming_services_.insert(key);
  services_[key] = std::move(service);
  return true;
}

void InputSource::RemoveService(const std::string& ns, const std::string& name) {
  services_.erase({ns, name});
}

void InputSource::BeginServices() { incoming_services_.clear(); }

void InputSource::EndServices(bool complete) {
  std::erase_if(services_, [&](const auto& entry) {
    return complete && !incoming_services_.contains(entry.first);
  });
  incoming_services_.clear();
  services_synced_ = true;
}

void InputSource::AddServices(const std::string& ns, FetchedInputs* fetched) const {
  const auto add = [&](const auto& entry) {
    fetched->services.push_back(entry->second);
    fetched->inputs.services.push_back(entry->second.get());
  };
  const auto kubernetes = services_.find({"default", "kubernetes"});
  const bool foreign = kubernetes != services_.end() && ns != "default";
  if (foreign && kubernetes->first.first < ns) add(kubernetes);
  for (auto own = services_.lower_bound({ns, ""}); own != services_.end() && own->first.first == ns;
       ++own)
    add(own);
  if (foreign && kubernetes->first.first > ns) add(kubernetes);
}

}  // namespace vk::agent
