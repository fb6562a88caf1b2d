#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace vk::kube {

// A kind of object and where the API server keeps it.
struct Resource {
  std::string_view group;  // Empty for core.
  std::string_view version;
  std::string_view plural;
  std::string_view kind;
  bool namespaced = true;
};

inline constexpr Resource kPods{"", "v1", "pods", "Pod"};
inline constexpr Resource kNodes{"", "v1", "nodes", "Node", false};
inline constexpr Resource kConfigMaps{"", "v1", "configmaps", "ConfigMap"};
inline constexpr Resource kSecrets{"", "v1", "secrets", "Secret"};
inline constexpr Resource kPersistentVolumeClaims{"", "v1", "persistentvolumeclaims",
                                                  "PersistentVolumeClaim"};
inline constexpr Resource kPersistentVolumes{"", "v1", "persistentvolumes", "PersistentVolume",
                                             false};
inline constexpr Resource kServices{"", "v1", "services", "Service"};
inline constexpr Resource kEndpointSlices{"discovery.k8s.io", "v1", "endpointslices",
                                          "EndpointSlice"};
inline constexpr Resource kServiceAccounts{"", "v1", "serviceaccounts", "ServiceAccount"};
inline constexpr Resource kNamespaces{"", "v1", "namespaces", "Namespace", false};
inline constexpr Resource kEvents{"", "v1", "events", "Event"};
inline constexpr Resource kLeases{"coordination.k8s.io", "v1", "leases", "Lease"};
inline constexpr Resource kTokenReviews{"authentication.k8s.io", "v1", "tokenreviews",
                                        "TokenReview", false};
inline constexpr Resource kSubjectAccessReviews{
    "authorization.k8s.io", "v1", "subjectaccessreviews", "SubjectAccessReview", false};

// Which object, or, with an empty name, which namespace (empty: all of them, or a cluster-wide
// kind).
struct ObjectKey {
  std::string ns;
  std::string name;
  std::string subresource;  // "status", "token"; empty for the object itself.

  auto operator<=>(const ObjectKey&) const = default;
};

// How fresh a list must be. Source: Kubernetes API concepts, "resource versions".
enum class ListFreshness {
  kQuorum,  // resourceVersion unset: as of now.
  kCached,  // resourceVersion 0: what the API server has at hand, perhaps old.
};

struct ListOptions {
  std::string field_selector;  // "spec.nodeName=vk"
  std::string label_selector;
  ListFreshness freshness = ListFreshness::kQuorum;
  int limit = 0;               // Objects a page; 0: all.
  std::string continue_token;  // From the page before.
};

struct ListPage {
  std::string resource_version;
  std::string continue_token;      // Empty on the last page.
  std::vector<std::string> items;  // Each the object's own protobuf bytes, in the server's order.
};

enum class WatchEventType { kAdded, kModified, kDeleted, kBookmark };

struct WatchEvent {
  WatchEventType type;
  std::string object;               // Protobuf bytes of the object; of a bookmark as well.
  bool initial_events_end = false;  // The bookmark that ends a WatchList's first part.
  base::TimePoint received;         // When the last byte of its frame was read.
};

struct WatchOptions {
  std::string field_selector;
  std::string label_selector;
  // Events after it. "0": the existing objects first, as ADDED, maybe from a stale cache. Empty
  // only with send_initial_events.
  std::string resource_version;
  bool send_initial_events = false;
  std::chrono::seconds timeout{300};  // The server ends the watch after it.
};

// A running watch. Owned by one coroutine; destroying it ends the watch.
class WatchStream {
 public:
  virtual ~WatchStream() = default;

  // The events that have come, at least one; empty when the server ended the watch in order.
  // Errors: kConflict with cloud_code "Expired" or "Gone" (resource version too old: list again),
  // kThrottled, kUnavailable (connection broke), kDeadlineExceeded (nothing before `deadline`; go
  // on reading), kInternal (garbage), kCancelled.
  virtual boost::asio::awaitable<base::Result<std::vector<WatchEvent>>> Next(
      base::TimePoint deadline) = 0;
};

struct DeleteOptions {
  std::optional<std::int64_t> grace_period_seconds;
  std::string uid;  // Precondition; empty: none.
};

enum class PatchType { kStrategicMerge, kMerge };

// The Kubernetes API as the agent uses it. Objects travel as protobuf bytes of their own message
// (proto/kubernetes), without the envelope, and are parsed by whoever needs them. Used on one
// thread. Every call ends by `deadline`.
//
// Errors of every call: kNotFound (404; of a call that names an object only when the API server
// says by a Status that this object is not there), kAlreadyExists (409 AlreadyExists), kConflict
// (409, 410), kInvalidArgument (400, 422), kUnauthenticated (401), kPermissionDenied (403),
// kThrottled (429, with retry_after), kUnavailable (connection, 5xx, any other 404;
// retry_after when told),
// kDeadlineExceeded (the effect may have happened), kInternal (a reply that does not parse),
// kCancelled. Error::cloud_code holds the Status' reason and the field of its first cause. Reads
// and deletes are repeated once on a broken reused connection, so that a delete may answer
// kNotFound for its own first try; other writes never are: retrying is the caller's decision. After
// a 401 every call is sent once more with a new token. The deadline of a watch covers its opening
// alone.
class KubeApi {
 public:
  virtual ~KubeApi() = default;

  virtual boost::asio::awaitable<base::Result<std::string>> Get(Resource resource, ObjectKey key,
                                                                base::TimePoint deadline) = 0;

  virtual boost::asio::awaitable<base::Result<ListPage>> List(Resource resource, std::string ns,
                                                              ListOptions options,
                                                              base::TimePoint deadline) = 0;

  virtual boost::asio::awaitable<base::Result<std::unique_ptr<WatchStream>>> Watch(
      Resource resource, std::string ns, WatchOptions options, base::TimePoint deadline) = 0;

  // POST to key.ns (and key.name with a subresource, such as serviceaccounts/token); returns the
  // object as stored.
  virtual boost::asio::awaitable<base::Result<std::string>> Create(Resource resource, ObjectKey key,
                                                                   std::string object,
                                                                   base::TimePoint deadline) = 0;

  // PUT; the object's resourceVersion is the precondition.
  virtual boost::asio::awaitable<base::Result<std::string>> Update(Resource resource, ObjectKey key,
                                                                   std::string object,
                                                                   base::TimePoint deadline) = 0;

  // PATCH with a JSON body; returns the object after it.
  virtual boost::asio::awaitable<base::Result<std::string>> Patch(Resource resource, ObjectKey key,
                                                                  PatchType type, std::string body,
                                                                  base::TimePoint deadline) = 0;

  virtual boost::asio::awaitable<base::Status> Delete(Resource resource, ObjectKey key,
                                                      DeleteOptions options,
                                                      base::TimePoint deadline) = 0;
};

// True for the answers to a write that carries an object's UID after which it is worth asking
// whether that object is gone: a Status of reason NotFound or, for a delete with a precondition,
// Conflict, and 422 whose cause is the immutable field metadata.uid (tried on Kubernetes 1.36.1).
// One such answer alone proves nothing (docs/ownership.md, section 4). Any other 422 is a bug of
// ours.
bool MayBeGone(const base::Error& error);

// Whether the answer of Get, which reads from the quorum, proves that the object of this UID is
// gone: the server says that there is none of its name, or shows another one.
bool ProvesGone(const base::Result<std::string>& read, std::string_view uid);

// True when a watch or list answers that its resource version is too old (410 Expired or Gone):
// list again.
bool ResourceVersionExpired(const base::Error& error);

}  // namespace vk::kube
