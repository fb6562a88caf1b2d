#include "provider/kube/testing/fake_kube.h"

#include <fmt/core.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "proto/kubernetes/core/v1/config.pb.h"
#include "proto/kubernetes/meta/v1/meta.pb.h"
#include "provider/kube/custom_resources.h"
#include "provider/kube/merge_patch.h"
#include "provider/kube/object_bytes.h"
#include "provider/kube/testing/api_error.h"
#include "provider/kube/testing/object_rules.h"
#include "provider/kube/testing/service_account_token.h"

namespace vk::kube {
namespace {

namespace core = k8s::io::api::core::v1;
using google::protobuf::Message;

base::Result<MessagePtr> Parse(const StoredKind& kind, std::string_view bytes) {
  MessagePtr object = kind.make();
  if (auto parsed = FromBytes(bytes, object.get()); !parsed)
    return std::unexpected(BadRequest(parsed.error().message));
  return object;
}

base::Result<std::uint64_t> ParseRevision(std::string_view text) {
  std::uint64_t revision = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), revision);
  if (error == std::errc() && end == text.data() + text.size()) return revision;
  return std::unexpected(BadRequest(fmt::format("invalid resource version \"{}\"", text)));
}

// The version of the list's first page, and the last key sent.
struct Continuation {
  std::uint64_t revision;
  std::string after;
};

base::Result<Continuation> ParseContinuation(std::string_view token) {
  const std::size_t colon = token.find(':');
  if (colon == std::string_view::npos)
    return std::unexpected(BadRequest("continue key is not valid"));
  VK_TRY(revision, ParseRevision(token.substr(0, colon)));
  return Continuation{revision, std::string(token.substr(colon + 1))};
}

}  // namespace

FakeKube::FakeKube(std::uint64_t seed, WallNow wall_now)
    : wall_now_(std::move(wall_now)), random_(seed) {
  for (const char* name : {"default", "kube-system", "kube-node-lease"}) AddNamespace(name);
}

base::Result<std::string> FakeKube::Get(const Resource& resource, const ObjectKey& key) const {
  VK_TRY(target, Require(resource, key));
  return target.object->bytes;
}

base::Result<ListPage> FakeKube::List(const Resource& resource, const std::string& ns,
                                      const ListOptions& options) const {
  VK_TRY(filter, MakeFilter(resource, ns, options.field_selector, options.label_selector));
  const bool cached = options.freshness == ListFreshness::kCached;
  Continuation from{cached ? CachedRevision() : store_.revision(), ""};
  if (!options.continue_token.empty()) {
    VK_TRY(given, ParseContinuation(options.continue_token));
    from = given;
  }
  if (from.revision < store_.compacted())
    return std::unexpected(Expired("the provided continue parameter is too old"));
  if (from.revision > store_.revision()) {
    return std::unexpected(base::Error(base::ErrorCode::kUnavailable,
                                       "etcdserver: mvcc: required revision is a future revision"));
  }
  // A list from the cache comes whole, whatever the limit.
  const std::size_t limit =
      cached || options.limit <= 0 ? std::size_t(-1) : static_cast<std::size_t>(options.limit);
  ListPage page{
      .resource_version = std::to_string(from.revision), .continue_token = "", .items = {}};
  const VersionedStore::Objects objects = store_.At(*filter.kind, from.revision);
  std::string last;
  for (auto place = objects.upper_bound(from.after); place != objects.end(); ++place) {
    const auto& [key, object] = *place;
    if (!filter.Matches(*object)) continue;
    if (page.items.size() == limit) {
      page.continue_token = fmt::format("{}:{}", from.revision, last);
      break;
    }
    page.items.push_back(object->bytes);
    last = key;
  }
  return page;
}

base::Result<std::string> FakeKube::Create(const Resource& resource, const ObjectKey& key,
                                           std::string_view object) {
  if (resource.plural == kServiceAccounts.plural && key.subresource == "token")
    return IssueToken(key, object);
  VK_TRY(target, Locate(resource, ObjectKey{.ns = key.ns, .name = "", .subresource = ""}));
  VK_TRY(parsed, Parse(*target.kind, object));
  return Insert(*target.kind, key, std::move(parsed));
}

base::Result<std::string> FakeKube::Insert(const StoredKind& kind, const ObjectKey& key,
                                           MessagePtr object) {
  VK_CHECK_OK(CheckNamespace(kind, key, object.get()));
  auto& metadata = MetaOf(object.get());
  if (!metadata.resourceversion().empty()) {
    return std::unexpected(base::Error(base::ErrorCode::kUnavailable,
                                       "resourceVersion should not be set on objects to create"));
  }
  if (metadata.name().empty() && !metadata.generatename().empty())
    metadata.set_name(metadata.generatename() + random_.HexDigits(5));
  VK_CHECK_OK(PrepareCreate(kind, wall_now_(), NewUid(), object.get()));
  if (store_.Find(kind, StorageKey(metadata.namespace_(), metadata.name())))
    return std::unexpected(AlreadyExists(kind.plural(), metadata.name()));
  std::string bytes = Commit(kind, object.get())->bytes;
  if (kind.plural() == kNamespaces.plural) AddNamespaceContent(MetaOf(*object).name());
  return bytes;
}

base::Result<std::string> FakeKube::Update(const Resource& resource, const ObjectKey& key,
                                           std::string_view object) {
  VK_TRY(target, Locate(resource, key));
  VK_TRY(next, Parse(*target.kind, object));
  VK_CHECK_OK(CheckNamespace(*target.kind, key, next.get()));
  const auto& metadata = MetaOf(*next);
  if (metadata.name() != key.name)
    return std::unexpected(BadRequest(
        fmt::format("the name of the object ({}) does not match the name on the URL ({})",
                    metadata.name(), key.name)));
  const std::string old_uid =
      target.object ? MetaOf(*Thaw(*target.kind, *target.object)).uid() : "";
  if (!target.object && !target.kind->create_on_update)
    return std::unexpected(NotFound(target.kind->plural(), key.name));
  if (!metadata.uid().empty() && metadata.uid() != old_uid)
    return std::unexpected(
        Conflict(target.kind->plural(), key.name,
                 fmt::format("Precondition failed: UID in precondition: {}, UID in object meta: {}",
                             metadata.uid(), old_uid)));
  if (!target.object) {
    MetaOf(next.get()).clear_resourceversion();
    return Insert(*target.kind, key, std::move(next));
  }
  if (metadata.resourceversion().empty() && !target.kind->unconditional_update)
    return std::unexpected(Invalid(target.kind->resource.kind, key.name, "metadata.resourceVersion",
                                   "must be specified for an update"));
  return Replace(target, key, std::move(next));
}

base::Result<std::string> FakeKube::Patch(const Resource& resource, const ObjectKey& key,
                                          PatchType type, std::string_view body) {
  VK_TRY(target, Require(resource, key));
  if (type == PatchType::kStrategicMerge && MessageOfJsonKind(resource)) {
    return std::unexpected(
        BadRequest("the body of the request was in an unknown format - accepted media types "
                   "include: application/merge-patch+json"));
  }
  MessagePtr next = Thaw(*target.kind, *target.object);
  if (auto applied = ApplyMergePatch(type, body, next.get()); !applied)
    return std::unexpected(BadRequest(applied.error().message));
  if (const auto& metadata = MetaOf(*next);
      StorageKey(metadata.namespace_(), metadata.name()) != target.key)
    return std::unexpected(
        BadRequest("the name or namespace of the object does not match the URL"));
  return Replace(target, key, std::move(next));
}

base::Result<std::string> FakeKube::Replace(const Target& target, const ObjectKey& key,
                                            MessagePtr next) {
  auto& metadata = MetaOf(next.get());
  const std::string revision = std::to_string(target.object->revision);
  if (!metadata.resourceversion().empty() && metadata.resourceversion() != revision)
    return std::unexpected(Conflict(target.kind->plural(), key.name,
                                    "the object has been modified; please apply your changes to "
                                    "the latest version and try again"));
  const MessagePtr old = Thaw(*target.kind, *target.object);
  VK_CHECK_OK(PrepareUpdate(*target.kind, key.subresource, *old, next.get()));
  metadata.set_resourceversion(revision);
  std::string bytes = ToBytes(*next);
  if (DeletionIsDue(*next)) {
    Remove(*target.kind, target.key);
    return bytes;
  }
  // What changes nothing is not written, and no watch sees it.
  if (bytes == target.object->bytes) return bytes;
  return Commit(*target.kind, next.get())->bytes;
}

base::Status FakeKube::Delete(const Resource& resource, const ObjectKey& key,
                              const DeleteOptions& options) {
  VK_TRY(target, Require(resource, key));
  MessagePtr object = Thaw(*target.kind, *target.object);
  const std::string& uid = MetaOf(*object).uid();
  if (!options.uid.empty() && options.uid != uid)
    return std::unexpected(Conflict(
        target.kind->plural(), key.name,
        fmt::format("the UID in the precondition ({}) does not match the UID in record ({})",
                    options.uid, uid)));
  const DeletionStep step =
      MarkForDeletion(options.grace_period_seconds, wall_now_(), object.get());
  if (step == DeletionStep::kUpdate || step == DeletionStep::kUpdateAndRemove)
    Commit(*target.kind, object.get());
  if (step == DeletionStep::kRemove || step == DeletionStep::kUpdateAndRemove)
    Remove(*target.kind, target.key);
  return {};
}

base::Result<std::string> FakeKube::IssueToken(const ObjectKey& key, std::string_view object) {
  VK_TRY(account, Require(kServiceAccounts, ObjectKey{key.ns, key.name, ""}));
  const auto find_pod = [this, &key](const std::string& name) -> MessagePtr {
    const StoredKind& pods = *FindKind(kPods);
    const StoredObjectPtr pod = store_.Find(pods, StorageKey(key.ns, name));
    return pod ? Thaw(pods, *pod) : nullptr;
  };
  return IssueServiceAccountToken(*account.object, object, find_pod, wall_now_(),
                                  random_.HexDigits(16), extends_tokens_);
}

base::Result<WatchId> FakeKube::AddWatch(const Resource& resource, const std::string& ns,
                                         const WatchOptions& options, WatchSink& sink) {
  VK_TRY(filter, MakeFilter(resource, ns, options.field_selector, options.label_selector));
  if (options.send_initial_events && !watch_list_offered_)
    return std::unexpected(Invalid("ListOptions", "", "sendInitialEvents",
                                   "is forbidden for watch unless WatchList is enabled"));
  const std::string& version = options.resource_version;
  std::uint64_t from = version == "0" ? CachedRevision() : store_.revision();
  const bool with_state = options.send_initial_events || version.empty() || version == "0";
  if (!with_state) {
    VK_TRY(given, ParseRevision(version));
    from = given;
  }
  if (from < store_.compacted()) {
    sink.OnBroken(
        Expired(fmt::format("too old resource version: {} ({})", from, store_.compacted())));
    return WatchId(0);
  }
  if (with_state) {
    for (const auto& [key, object] : store_.At(*filter.kind, from)) {
      if (filter.Matches(*object)) sink.OnEvent({WatchEventType::kAdded, object->bytes, false, {}});
    }
  }
  if (options.send_initial_events) sink.OnEvent(WatchHub::Bookmark(*filter.kind, from, true));
  for (const Change& change : store_.changes()) {
    if (change.revision <= from) continue;
    if (auto event = WatchHub::Seen(filter, change)) sink.OnEvent(std::move(*event));
  }
  return watches_.Add(std::move(filter), from, sink);
}

void FakeKube::Restore(Snapshot snapshot) {
  store_.Restore(std::move(snapshot));
  held_revision_.reset();
  watches_.BreakAll(base::Error(base::ErrorCode::kUnavailable, "watch: connection broke"));
}

base::Result<FakeKube::Target> FakeKube::Locate(const Resource& resource,
                                                const ObjectKey& key) const {
  const StoredKind* kind = FindKind(resource);
  const bool known = key.subresource.empty() ||
                     (key.subresource == "status" && kind != nullptr && kind->has_status);
  if (kind == nullptr || !known) return std::unexpected(NotFound(resource.plural, key.subresource));
  std::string place = StorageKey(kind->resource.namespaced ? key.ns : "", key.name);
  StoredObjectPtr object = store_.Find(*kind, place);
  return Target{kind, std::move(place), std::move(object)};
}

base::Result<FakeKube::Target> FakeKube::Require(const Resource& resource,
                                                 const ObjectKey& key) const {
  VK_TRY(target, Locate(resource, key));
  if (!target.object) return std::unexpected(NotFound(resource.plural, key.name));
  return std::move(target);
}

base::Result<ObjectFilter> FakeKube::MakeFilter(const Resource& resource, const std::string& ns,
                                                std::string_view fields,
                                                std::string_view labels) const {
  VK_TRY(target, Locate(resource, ObjectKey{}));
  VK_TRY(by_field, Selector::Parse(fields));
  VK_TRY(by_label, Selector::Parse(labels));
  if (const std::string unknown = by_field.FirstUnknown(SelectableFields(*target.kind));
      !unknown.empty())
    return std::unexpected(BadRequest(fmt::format("field label not supported: {}", unknown)));
  return ObjectFilter{target.kind, ns, std::move(by_field), std::move(by_label)};
}

base::Status FakeKube::CheckNamespace(const StoredKind& kind, const ObjectKey& key,
                                      Message* object) const {
  auto& metadata = MetaOf(object);
  if (!kind.resource.namespaced) {
    metadata.clear_namespace_();
    return {};
  }
  if (metadata.namespace_().empty()) metadata.set_namespace_(key.ns);
  if (metadata.namespace_() != key.ns)
    return std::unexpected(
        BadRequest("the namespace of the provided object does not match the "
                   "namespace sent on the request"));
  if (!store_.Find(*FindKind(kNamespaces), key.ns))
    return std::unexpected(NotFound(kNamespaces.plural, key.ns));
  return {};
}

StoredObjectPtr FakeKube::Commit(const StoredKind& kind, Message* object) {
  const Change change = store_.Put(kind, object);
  watches_.Dispatch(change);
  return change.after;
}

void FakeKube::Remove(const StoredKind& kind, const std::string& key) {
  watches_.Dispatch(store_.Erase(kind, key));
}

void FakeKube::AddNamespace(const std::string& name) {
  core::Namespace object;
  object.mutable_metadata()->set_name(name);
  (void)Create(kNamespaces, ObjectKey{}, ToBytes(object));
}

void FakeKube::AddNamespaceContent(const std::string& ns) {
  core::ServiceAccount account;
  account.mutable_metadata()->set_name("default");
  (void)Create(kServiceAccounts, ObjectKey{ns, "", ""}, ToBytes(account));
  core::ConfigMap authority;
  authority.mutable_metadata()->set_name("kube-root-ca.crt");
  (*authority.mutable_data())["ca.crt"] = "the certificate of a fake cluster";
  (void)Create(kConfigMaps, ObjectKey{ns, "", ""}, ToBytes(authority));
}

std::string FakeKube::NewUid() {
  std::string uid = random_.HexDigits(32);
  uid[12] = '4';
  uid[16] = 'a';
  for (const std::size_t dash : {8U, 13U, 18U, 23U}) uid.insert(dash, 1, '-');
  return uid;
}

std::uint64_t FakeKube::CachedRevision() const {
  return held_revision_ ? std::max(*held_revision_, store_.compacted()) : store_.revision();
}

}  // namespace vk::kube
