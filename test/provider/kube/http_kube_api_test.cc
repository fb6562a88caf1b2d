// HttpKubeApi against an HTTP server on loopback that answers what the test wrote.

#include "provider/kube/http_kube_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "proto/kubernetes/core/v1/config.pb.h"
#include "proto/kubernetes/meta/v1/meta.pb.h"
#include "proto/kubernetes/object_list.pb.h"
#include "provider/kube/envelope.h"
#include "provider/kube/object_bytes.h"
#include "test/base/http/http_fixture.h"
#include "test/provider/kube/watch_bytes.h"

namespace vk::kube {
namespace {

using namespace std::chrono_literals;
using base::ErrorCode;
using base::HttpRequest;
using base::HttpResponse;
using k8s::io::api::core::v1::ConfigMap;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

ConfigMap Map(const std::string& name) {
  ConfigMap map;
  map.mutable_metadata()->set_name(name);
  return map;
}

HttpResponse Enveloped(int status, const std::string& kind, const std::string& object) {
  return {.status = status,
          .headers = {{"Content-Type", std::string(kProtobufContentType)}},
          .body = Wrap({.api_version = "v1", .kind = kind, .object = object})};
}

// Tokens t1, t2, ...: a new one after each refusal.
class CountingTokens final : public TokenSource {
 public:
  boost::asio::awaitable<base::Result<base::SecretString>> Token(base::TimePoint) override {
    co_return base::SecretString("t" + std::to_string(number_));
  }
  void Rejected() override { ++number_; }

 private:
  int number_ = 1;
};

class HttpKubeApiTest : public base::HttpTest {
 protected:
  void SetUp() override {
    Serve([this](const HttpRequest& request, const base::HttpPeer&,
                 base::HttpResponder& responder) { return Answer(request, responder); });
    Client(Url());
    api_ = std::make_unique<HttpKubeApi>(*client_, *client_, clock_, tokens_);
  }

  boost::asio::awaitable<void> Answer(const HttpRequest& request, base::HttpResponder& responder) {
    requests_.push_back(request);
    if (!frames_.empty()) {
      (void)co_await responder.Start(
          200, {{"Content-Type", "application/vnd.kubernetes.protobuf;stream=watch"}});
      while (!frames_.empty()) {
        const std::string piece = std::move(frames_.front());
        frames_.pop_front();
        (void)co_await responder.Write(piece);
      }
      co_return;
    }
    if (replies_.empty()) co_return;
    HttpResponse reply = std::move(replies_.front());
    replies_.pop_front();
    (void)co_await responder.Reply(std::move(reply));
  }

  std::string Header(std::size_t request, std::string_view name) const {
    return std::string(base::FindHeader(requests_.at(request).headers, name));
  }

  std::deque<HttpResponse> replies_;
  std::deque<std::string> frames_;
  std::vector<HttpRequest> requests_;
  CountingTokens tokens_;
  std::unique_ptr<HttpKubeApi> api_;
};

TEST_F(HttpKubeApiTest, GetAsksForProtobufAndReturnsTheObject) {
  replies_.push_back(Enveloped(200, "ConfigMap", ToBytes(Map("b"))));

  const auto object = Await(api_->Get(kConfigMaps, {"a", "b", ""}, Soon()));

  ASSERT_TRUE(object) << object.error().message;
  EXPECT_EQ(*object, ToBytes(Map("b")));
  EXPECT_EQ(requests_[0].method, "GET");
  EXPECT_EQ(requests_[0].target, "/api/v1/namespaces/a/configmaps/b");
  EXPECT_EQ(Header(0, "Accept"), "application/vnd.kubernetes.protobuf,application/json");
  EXPECT_EQ(Header(0, "Authorization"), "Bearer t1");
}

TEST_F(HttpKubeApiTest, ListReturnsItemsVersionAndContinueToken) {
  kubernetes::ObjectList list;
  list.mutable_metadata()->set_resourceversion("42");
  list.mutable_metadata()->set_continue_("next");
  list.add_items(ToBytes(Map("x")));
  list.add_items("not an object");
  replies_.push_back(Enveloped(200, "ConfigMapList", ToBytes(list)));

  const auto page = Await(api_->List(
      kConfigMaps, "", {.field_selector = "metadata.name=x", .limit = 500, .continue_token = "t"},
      Soon()));

  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(page->resource_version, "42");
  EXPECT_EQ(page->continue_token, "next");
  EXPECT_THAT(page->items, ElementsAre(ToBytes(Map("x")), "not an object"));
  EXPECT_EQ(requests_[0].target,
            "/api/v1/configmaps?fieldSelector=metadata.name%3Dx&limit=500&continue=t");
}

TEST_F(HttpKubeApiTest, CachedListAsksForVersionZero) {
  replies_.push_back(Enveloped(200, "ConfigMapList", ""));

  ASSERT_TRUE(Await(api_->List(kConfigMaps, "a", {.freshness = ListFreshness::kCached}, Soon())));

  EXPECT_EQ(requests_[0].target, "/api/v1/namespaces/a/configmaps?resourceVersion=0");
}

TEST_F(HttpKubeApiTest, CreatePostsTheEnvelopedObject) {
  replies_.push_back(Enveloped(201, "ConfigMap", ToBytes(Map("stored"))));

  const auto stored = Await(api_->Create(kConfigMaps, {"a", "b", ""}, ToBytes(Map("b")), Soon()));

  EXPECT_EQ(stored.value(), ToBytes(Map("stored")));
  EXPECT_EQ(requests_[0].method, "POST");
  EXPECT_EQ(requests_[0].target, "/api/v1/namespaces/a/configmaps");
  EXPECT_EQ(Header(0, "Content-Type"), "application/vnd.kubernetes.protobuf");
  const auto body = Unwrap(requests_[0].body);
  ASSERT_TRUE(body);
  EXPECT_EQ(body->kind, "ConfigMap");
  EXPECT_EQ(body->object, ToBytes(Map("b")));
}

TEST_F(HttpKubeApiTest, TokenRequestIsPostedToItsServiceAccount) {
  replies_.push_back(Enveloped(201, "TokenRequest", "x"));

  ASSERT_TRUE(Await(api_->Create(kServiceAccounts, {"a", "default", "token"}, "", Soon())));

  EXPECT_EQ(requests_[0].target, "/api/v1/namespaces/a/serviceaccounts/default/token");
  EXPECT_EQ(Unwrap(requests_[0].body)->kind, "TokenRequest");
}

TEST_F(HttpKubeApiTest, UpdatePuts) {
  replies_.push_back(Enveloped(200, "Lease", "x"));

  ASSERT_TRUE(Await(api_->Update(kLeases, {"a", "b", ""}, "", Soon())));

  EXPECT_EQ(requests_[0].method, "PUT");
  EXPECT_EQ(Unwrap(requests_[0].body)->api_version, "coordination.k8s.io/v1");
}

TEST_F(HttpKubeApiTest, PatchSaysItsType) {
  replies_.push_back(Enveloped(200, "Pod", "x"));
  replies_.push_back(Enveloped(200, "Pod", "x"));

  ASSERT_TRUE(
      Await(api_->Patch(kPods, {"a", "b", "status"}, PatchType::kStrategicMerge, "{}", Soon())));
  ASSERT_TRUE(Await(api_->Patch(kPods, {"a", "b", ""}, PatchType::kMerge, "{}", Soon())));

  EXPECT_EQ(requests_[0].method, "PATCH");
  EXPECT_EQ(requests_[0].target, "/api/v1/namespaces/a/pods/b/status");
  EXPECT_EQ(Header(0, "Content-Type"), "application/strategic-merge-patch+json");
  EXPECT_EQ(Header(1, "Content-Type"), "application/merge-patch+json");
}

TEST_F(HttpKubeApiTest, DeleteCarriesGraceAndUid) {
  replies_.push_back(Enveloped(200, "Status", ""));

  ASSERT_TRUE(
      Await(api_->Delete(kPods, {"a", "b", ""}, {.grace_period_seconds = 0, .uid = "u1"}, Soon())));

  const auto body = Unwrap(requests_[0].body);
  ASSERT_TRUE(body);
  EXPECT_EQ(body->kind, "DeleteOptions");
  k8s::io::apimachinery::pkg::apis::meta::v1::DeleteOptions options;
  ASSERT_TRUE(FromBytes(body->object, &options));
  EXPECT_TRUE(options.has_graceperiodseconds());
  EXPECT_EQ(options.graceperiodseconds(), 0);
  EXPECT_EQ(options.preconditions().uid(), "u1");
}

TEST_F(HttpKubeApiTest, RefusedTokenIsRenewedAndTheCallMadeOnceMore) {
  replies_.push_back({.status = 401, .headers = {}, .body = "no"});
  replies_.push_back(Enveloped(200, "ConfigMap", "x"));

  EXPECT_TRUE(Await(api_->Get(kConfigMaps, {"a", "b", ""}, Soon())));

  EXPECT_EQ(Header(1, "Authorization"), "Bearer t2");
}

TEST_F(HttpKubeApiTest, TokenThatIsRefusedTwiceIsAnError) {
  replies_.push_back({.status = 401, .headers = {}, .body = "no"});
  replies_.push_back({.status = 401, .headers = {}, .body = "no"});

  EXPECT_EQ(Await(api_->Get(kConfigMaps, {"a", "b", ""}, Soon())).error().code,
            ErrorCode::kUnauthenticated);
  EXPECT_THAT(requests_, SizeIs(2));
}

TEST_F(HttpKubeApiTest, ErrorNamesTheCallAndTheCause) {
  replies_.push_back({.status = 404,
                      .headers = {{"Content-Type", "application/json"}},
                      .body = R"({"kind":"Status","status":"Failure","reason":"NotFound",)"
                              R"("message":"configmaps \"b\" not found","code":404,)"
                              R"("details":{"name":"b","kind":"configmaps"}})"});

  const auto object = Await(api_->Get(kConfigMaps, {"a", "b", ""}, Soon()));

  EXPECT_EQ(object.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(object.error().message, "get configmaps a/b: configmaps \"b\" not found");
}

TEST_F(HttpKubeApiTest, NotFoundOfSomebodyOnTheWayIsNotTheServersWord) {
  const HttpResponse page{.status = 404, .headers = {}, .body = "404 page not found"};
  replies_ = {page, page, page, page, page, page};
  const ObjectKey key{"a", "b", ""};

  EXPECT_EQ(Await(api_->Get(kConfigMaps, key, Soon())).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(Await(api_->Update(kConfigMaps, key, ToBytes(Map("b")), Soon())).error().code,
            ErrorCode::kUnavailable);
  EXPECT_EQ(Await(api_->Patch(kConfigMaps, key, PatchType::kMerge, "{}", Soon())).error().code,
            ErrorCode::kUnavailable);
  EXPECT_EQ(Await(api_->Delete(kConfigMaps, key, {}, Soon())).error().code,
            ErrorCode::kUnavailable);
  // About a collection it is the word for a kind that is not defined.
  EXPECT_EQ(Await(api_->List(kConfigMaps, "a", {}, Soon())).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(Await(api_->Create(kConfigMaps, key, ToBytes(Map("b")), Soon())).error().code,
            ErrorCode::kNotFound);
}

TEST_F(HttpKubeApiTest, ReplyThatIsNoProtobufIsInternal) {
  replies_.push_back({.status = 200, .headers = {}, .body = "<html>welcome</html>"});

  EXPECT_EQ(Await(api_->Get(kConfigMaps, {"a", "b", ""}, Soon())).error().code,
            ErrorCode::kInternal);
}

TEST_F(HttpKubeApiTest, WatchDeliversEventsAsTheyComeAndEndsInOrder) {
  const std::string first = WatchFrame("ADDED", "ConfigMap", Map("x"));
  frames_ = {first.substr(0, 7), first.substr(7), WatchFrame("DELETED", "ConfigMap", Map("x"))};

  auto stream =
      Await(api_->Watch(kConfigMaps, "a", {.resource_version = "42", .timeout = 300s}, Soon()));
  ASSERT_TRUE(stream) << stream.error().message;
  std::vector<WatchEventType> types;
  for (;;) {
    const auto events = Await((*stream)->Next(Soon()));
    ASSERT_TRUE(events) << events.error().message;
    if (events->empty()) break;
    for (const WatchEvent& event : *events) types.push_back(event.type);
  }

  EXPECT_THAT(types, ElementsAre(WatchEventType::kAdded, WatchEventType::kDeleted));
  EXPECT_EQ(requests_[0].target,
            "/api/v1/namespaces/a/configmaps?watch=1&allowWatchBookmarks=true&resourceVersion=42&"
            "timeoutSeconds=300");
}

TEST_F(HttpKubeApiTest, StreamingListAsksForInitialEvents) {
  frames_ = {WatchFrame("ADDED", "ConfigMap", Map("x"))};

  ASSERT_TRUE(Await(api_->Watch(kConfigMaps, "", {.send_initial_events = true}, Soon())));

  EXPECT_THAT(requests_[0].target,
              HasSubstr("sendInitialEvents=true&resourceVersionMatch=NotOlderThan"));
}

TEST_F(HttpKubeApiTest, EventsBeforeAnErrorComeFirst) {
  k8s::io::apimachinery::pkg::apis::meta::v1::Status status;
  status.set_code(410);
  status.set_reason("Expired");
  frames_ = {WatchFrame("ADDED", "ConfigMap", Map("x")) + WatchFrame("ERROR", "Status", status)};
  auto stream = Await(api_->Watch(kConfigMaps, "a", {.resource_version = "1"}, Soon()));
  ASSERT_TRUE(stream);

  EXPECT_THAT(*Await((*stream)->Next(Soon())), SizeIs(1));
  const auto second = Await((*stream)->Next(Soon()));
  ASSERT_FALSE(second);
  EXPECT_TRUE(ResourceVersionExpired(second.error()));
}

TEST_F(HttpKubeApiTest, WatchThatEndsWithinAnEventIsBroken) {
  const std::string frame = WatchFrame("ADDED", "ConfigMap", Map("x"));
  frames_ = {frame.substr(0, frame.size() - 1)};
  auto stream = Await(api_->Watch(kConfigMaps, "a", {.resource_version = "1"}, Soon()));
  ASSERT_TRUE(stream);

  EXPECT_EQ(Await((*stream)->Next(Soon())).error().code, ErrorCode::kUnavailable);
}

TEST_F(HttpKubeApiTest, RefusedWatchTellsWhy) {
  replies_.push_back({.status = 410,
                      .headers = {},
                      .body = R"({"status":"Failure","reason":"Expired","code":410})"});

  const auto stream = Await(api_->Watch(kConfigMaps, "a", {.resource_version = "1"}, Soon()));

  ASSERT_FALSE(stream);
  EXPECT_TRUE(ResourceVersionExpired(stream.error()));
}

}  // namespace
}  // namespace vk::kube
