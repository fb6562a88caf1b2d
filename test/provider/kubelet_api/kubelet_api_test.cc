#include "provider/kubelet_api/kubelet_api.h"

#include <chrono>

#include "test/provider/kubelet_api/node_fixture.h"

namespace vk::kubelet {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class KubeletApiTest : public NodeTest {
 protected:
  void SetUp() override {
    kube_.tokens["good"] = {"monitor", {"system:authenticated", "watchers"}};
    admin_.common_name = "kube-apiserver-kubelet-client";
    kube_.allowed = {"kube-apiserver-kubelet-client get proxy",
                     "kube-apiserver-kubelet-client get pods"};
  }

  // Serves one request to its end.
  void Ask(std::string target, const base::HttpPeer& peer, std::string method = "GET",
           std::string authorization = "") {
    answer_ = {};
    request_ = {.method = std::move(method), .target = std::move(target)};
    if (!authorization.empty()) request_.headers = {{"authorization", authorization}};
    Spawn(api_.Handle(request_, peer, answer_));
  }
  void AskAsAdmin(const std::string& target) { Ask(target, admin_); }
  void AskWithToken(const std::string& target, const std::string& token) {
    Ask(target, nobody_, "GET", "Bearer " + token);
  }

  base::HttpPeer admin_;
  base::HttpPeer nobody_;
  base::HttpRequest request_;
  KubeletApi api_{{.node_name = "vk-1"}, {pods_, kube_, cloud_, clock_, log_}};
};

TEST_F(KubeletApiTest, HealthIsOpenToAll) {
  Ask("/healthz", nobody_);

  EXPECT_EQ(answer_.status, 200);
  EXPECT_EQ(answer_.body, "ok");
  EXPECT_THAT(kube_.asked, IsEmpty());
}

TEST_F(KubeletApiTest, CallerWithoutCredentialsIsUnknown) {
  for (const char* target : {"/pods", "/runningpods/", "/containerLogs/app/web/main", "/nothing"}) {
    Ask(target, nobody_);
    EXPECT_EQ(answer_.status, 401) << target;
    EXPECT_EQ(answer_.body, "Unauthorized");
  }
  EXPECT_EQ(kube_.token_reviews, 0);
}

TEST_F(KubeletApiTest, WrongTokenIsRefusedAndSoonAskedAgain) {
  AskWithToken("/pods", "bad");
  AskWithToken("/pods", "bad");
  EXPECT_EQ(answer_.status, 401);
  EXPECT_EQ(kube_.token_reviews, 1);

  kube_.tokens["bad"] = {"late", {}};
  kube_.allowed.push_back("late get pods");
  clock_.Advance(11s);
  AskWithToken("/pods", "bad");

  EXPECT_EQ(answer_.status, 200);
}

TEST_F(KubeletApiTest, OtherSchemesThanBearerAreNoCredentials) {
  for (const char* value : {"Basic good", "Bearer", "Bearer ", "good"}) {
    Ask("/pods", nobody_, "GET", value);
    EXPECT_EQ(answer_.status, 401) << value;
  }
  EXPECT_EQ(kube_.token_reviews, 0);
}

TEST_F(KubeletApiTest, TokenIsBelievedForTwoMinutes) {
  kube_.allowed.push_back("monitor get pods");
  Ask("/pods", nobody_, "GET", "bearer  good");
  clock_.Advance(119s);
  AskWithToken("/pods", "good");
  EXPECT_EQ(answer_.status, 200);
  EXPECT_EQ(kube_.token_reviews, 1);

  kube_.tokens.clear();
  clock_.Advance(2s);
  AskWithToken("/pods", "good");

  EXPECT_EQ(answer_.status, 401);
}

TEST_F(KubeletApiTest, CallThatIsNotServedYetIsNamed) {
  kube_.allowed.push_back("kube-apiserver-kubelet-client create proxy");
  for (const char* method : {"GET", "POST"}) {
    for (const auto& [path, call] :
         {std::pair("/exec/app/web/main", "exec"), std::pair("/attach/app/web/main", "attach"),
          std::pair("/portForward/app/web", "portForward"),
          std::pair("/run/app/web/main", "run")}) {
      Ask(path, admin_, method);
      EXPECT_EQ(answer_.status, 501) << method << ' ' << path;
      EXPECT_EQ(answer_.body, std::string("the virtual node does not serve ") + call + " yet");
    }
  }
}

TEST_F(KubeletApiTest, PathThatIsEmptyIsNotFound) {
  Ask("?x", admin_);

  EXPECT_EQ(answer_.status, 404);
}

TEST_F(KubeletApiTest, GuessedTokensPushOutNobody) {
  kube_.allowed.push_back("monitor get pods");
  AskWithToken("/pods", "good");
  for (int i = 0; i < 1100; ++i) AskWithToken("/pods", "guess " + std::to_string(i));
  kube_.token_reviews = 0;

  AskWithToken("/pods", "good");

  EXPECT_EQ(answer_.status, 200);
  EXPECT_EQ(kube_.token_reviews, 0);
}

TEST_F(KubeletApiTest, CertificateGoesBeforeToken) {
  Ask("/pods", admin_, "GET", "Bearer good");

  EXPECT_EQ(answer_.status, 200);
  EXPECT_EQ(kube_.token_reviews, 0);
  EXPECT_THAT(kube_.last_groups, ElementsAre("system:authenticated"));
}

TEST_F(KubeletApiTest, CertificateWithoutUserIsNobody) {
  base::HttpPeer peer;
  peer.organizations = {"system:masters"};
  Ask("/pods", peer);

  EXPECT_EQ(answer_.status, 401);
}

TEST_F(KubeletApiTest, UserWithoutPermissionIsRefused) {
  AskWithToken("/containerLogs/app/web/main", "good");

  EXPECT_EQ(answer_.status, 403);
  EXPECT_EQ(answer_.body,
            "Forbidden (user=monitor, verb=get, resource=nodes, subresource(s)=[proxy])");
  EXPECT_THAT(kube_.last_groups, ElementsAre("system:authenticated", "watchers"));
}

TEST_F(KubeletApiTest, PodsAreAskedForFirstAndThenAll) {
  AskWithToken("/runningpods/", "good");

  EXPECT_EQ(answer_.status, 403);
  EXPECT_THAT(kube_.asked, ElementsAre("monitor get pods", "monitor get proxy"));
  EXPECT_THAT(answer_.body, HasSubstr("subresource(s)=[pods proxy]"));
}

TEST_F(KubeletApiTest, AccessIsRememberedLongAndRefusalShortly) {
  AskAsAdmin("/pods");
  AskWithToken("/pods", "good");
  kube_.asked.clear();
  clock_.Advance(29s);
  AskAsAdmin("/pods");
  AskWithToken("/pods", "good");
  EXPECT_THAT(kube_.asked, IsEmpty());

  clock_.Advance(2s);
  AskAsAdmin("/pods");
  EXPECT_THAT(kube_.asked, IsEmpty());
  AskWithToken("/pods", "good");
  EXPECT_THAT(kube_.asked, ElementsAre("monitor get pods", "monitor get proxy"));

  kube_.allowed.clear();
  clock_.Advance(270s);
  AskAsAdmin("/pods");
  EXPECT_EQ(answer_.status, 403);
}

TEST_F(KubeletApiTest, NobodyIsLetInWhileTheApiServerIsAway) {
  kube_.failure = base::Error(base::ErrorCode::kUnavailable, "connection refused");

  AskAsAdmin("/pods");
  EXPECT_EQ(answer_.status, 500);
  EXPECT_THAT(answer_.body, HasSubstr("Authorization error (user=kube-apiserver-kubelet-client"));
  AskWithToken("/pods", "good");
  EXPECT_EQ(answer_.status, 401);

  kube_.failure.reset();
  AskAsAdmin("/pods");
  EXPECT_EQ(answer_.status, 200);
}

TEST_F(KubeletApiTest, RunningCodeNeedsCreateWhateverTheMethod) {
  struct Case {
    const char* method;
    const char* target;
    const char* asked;
  };
  static constexpr Case kCases[] = {{"GET", "/exec/app/web/main", "create proxy"},
                                    {"GET", "/%65xec/app/web/main", "create proxy"},
                                    {"GET", "/attach/app/web/main", "create proxy"},
                                    {"GET", "/portForward/app/web", "create proxy"},
                                    {"POST", "/run/app/web/main", "create proxy"},
                                    {"GET", "/stats/summary", "get stats"},
                                    {"GET", "/metrics/resource", "get metrics"},
                                    {"GET", "/logs/", "get log"},
                                    {"POST", "/checkpoint/app/web/main", "create checkpoint"},
                                    {"GET", "/podsabc", "get proxy"},
                                    {"DELETE", "/containerLogs/app/web/main", "delete proxy"}};
  base::HttpPeer peer;
  peer.common_name = "u";
  for (const Case& c : kCases) {
    kube_.asked.clear();
    clock_.Advance(31s);
    Ask(c.target, peer, c.method);
    EXPECT_EQ(answer_.status, 403) << c.target;
    EXPECT_THAT(kube_.asked, ElementsAre(std::string("u ") + c.asked)) << c.target;
  }
  kube_.asked.clear();
  Ask("/pods", peer, "BREW");
  EXPECT_EQ(answer_.status, 403);
  EXPECT_THAT(kube_.asked, IsEmpty());
}

TEST_F(KubeletApiTest, PodsAreListedAsTheApiServerShowsThem) {
  pods_.Put("web", kRunning);
  pods_.Put("job", "", "", "uid-2", "Pending");
  for (const char* target : {"/pods", "/pods/", "/pods?x=y"}) {
    AskAsAdmin(target);
    EXPECT_EQ(answer_.status, 200);
    EXPECT_EQ(base::FindHeader(answer_.headers, "Content-Type"), "application/json");
    EXPECT_THAT(
        answer_.body,
        testing::StartsWith(
            R"({"kind":"PodList","apiVersion":"v1","metadata":{},"items":[{"metadata":{"name":"job","namespace":"app","uid":"uid-2","labels":{"tier":"back"}})"));
    EXPECT_THAT(answer_.body, HasSubstr(R"(},{"metadata":{"name":"web")"));
    EXPECT_THAT(answer_.body, HasSubstr(R"("phase":"Running")"));
  }
}

TEST_F(KubeletApiTest, RunningPodsShowRunningContainersOnly) {
  pods_.Put("web", kRunning);
  pods_.Put("done", kEnded, "eci-2", "uid-2", "Succeeded");
  for (const char* target : {"/runningpods", "/runningpods/"}) {
    AskAsAdmin(target);
    EXPECT_EQ(answer_.status, 200);
    EXPECT_EQ(
        answer_.body,
        R"({"kind":"PodList","apiVersion":"v1","metadata":{},"items":[{"metadata":{"name":"web","namespace":"app","uid":"uid-1"},"spec":{"containers":[{"name":"main","image":"main:1"}]}}]})"
        "\n");
  }
}

TEST_F(KubeletApiTest, NoPodsAreAnEmptyList) {
  AskAsAdmin("/pods");

  EXPECT_EQ(answer_.body,
            "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{},\"items\":[]}\n");
}

TEST_F(KubeletApiTest, ManyPodsAreAllListed) {
  for (int i = 100; i < 145; ++i) pods_.Put("p" + std::to_string(i), kRunning);
  AskAsAdmin("/runningpods");

  for (int i = 100; i < 145; ++i)
    EXPECT_THAT(answer_.body, HasSubstr("\"name\":\"p" + std::to_string(i) + "\""));
  EXPECT_THAT(answer_.body, testing::Not(HasSubstr(",]")));
}

TEST_F(KubeletApiTest, PodsAreNotListedBeforeAllAreKnown) {
  pods_.set_synced(false);
  AskAsAdmin("/pods");

  EXPECT_EQ(answer_.status, 503);
}

TEST_F(KubeletApiTest, WrongPathsAndMethodsAreToldApart) {
  kube_.allowed.push_back("kube-apiserver-kubelet-client create pods");
  AskAsAdmin("/nothing");
  EXPECT_EQ(answer_.status, 404);
  AskAsAdmin("/");
  EXPECT_EQ(answer_.status, 404);
  AskAsAdmin("/pods/web");
  EXPECT_EQ(answer_.status, 404);
  AskAsAdmin("/containerLogs/app/web");
  EXPECT_EQ(answer_.status, 400);
  EXPECT_THAT(answer_.body, HasSubstr("{container}"));
  AskAsAdmin("/containerLogs/app//main");
  EXPECT_EQ(answer_.status, 400);
  Ask("/pods", admin_, "POST");
  EXPECT_EQ(answer_.status, 405);
  AskAsAdmin("/pods%4");
  EXPECT_EQ(answer_.status, 400);
}

TEST_F(KubeletApiTest, LogsAreReachedByTheirPath) {
  pods_.Put("web", kRunning);
  cloud_.log = {{100, "hello"}};
  AskAsAdmin("/containerLogs/app/web/main?tailLines=1");

  EXPECT_EQ(answer_.status, 200);
  EXPECT_EQ(answer_.body, "hello\n");
}

}  // namespace
}  // namespace vk::kubelet
