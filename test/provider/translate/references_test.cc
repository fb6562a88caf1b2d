#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/provider/translate/cluster.h"
#include "test/provider/translate/golden.h"

namespace vk::translate {
namespace {

using testing::ElementsAre;
using Kind = ObjectReference::Kind;

TEST(ReferencesTest, EveryMentionIsFoundOnceAndSorted) {
  const auto pod = FromText<core::Pod>(R"(spec {
    initContainers { env { name: "A" valueFrom { secretKeyRef {
        localObjectReference { name: "z" } key: "k" } } } }
    containers {
      envFrom { configMapRef { localObjectReference { name: "m" } } }
      env { name: "B" valueFrom { configMapKeyRef {
          localObjectReference { name: "a" } key: "k" } } }
      env { name: "C" value: "hides" valueFrom { configMapKeyRef {
          localObjectReference { name: "hidden" } key: "k" } } } }
    volumes { volumeSource { secret { secretName: "s" } } }
    volumes { volumeSource { configMap { localObjectReference { name: "m" } } } }
    volumes { volumeSource { projected {
        sources { secret { localObjectReference { name: "p" } } } } } } })");

  EXPECT_THAT(FindReferences(pod).objects,
              ElementsAre(ObjectReference{Kind::kConfigMap, "a", false},
                          ObjectReference{Kind::kConfigMap, "m", false},
                          ObjectReference{Kind::kSecret, "p", false},
                          ObjectReference{Kind::kSecret, "s", false},
                          ObjectReference{Kind::kSecret, "z", false}));
}

TEST(ReferencesTest, ObjectIsOptionalWhenAllMentionsAre) {
  const auto pod = FromText<core::Pod>(R"(spec {
    containers {
      envFrom { configMapRef { localObjectReference { name: "both" } optional: true } }
      envFrom { configMapRef { localObjectReference { name: "loose" } optional: true } } }
    volumes { volumeSource { configMap { localObjectReference { name: "both" } } } }
    imagePullSecrets { name: "pull" } })");

  EXPECT_THAT(FindReferences(pod).objects,
              ElementsAre(ObjectReference{Kind::kConfigMap, "both", false},
                          ObjectReference{Kind::kConfigMap, "loose", true},
                          ObjectReference{Kind::kSecret, "pull", true}));
}

TEST(ReferencesTest, TokensKeepAudienceAndExpiration) {
  const auto pod = FromText<core::Pod>(R"(spec {
    serviceAccountName: "robot"
    volumes { name: "v" volumeSource { projected {
        sources { configMap { localObjectReference { name: "a" } } }
        sources { serviceAccountToken { audience: "vault" expirationSeconds: 3607 path: "t" } }
        sources { serviceAccountToken { path: "u" } } } } } })");

  EXPECT_THAT(FindReferences(pod).tokens,
              ElementsAre(TokenReference{"v", 1, "robot", "vault", 3607},
                          TokenReference{"v", 2, "robot", "", 3600}));
}

}  // namespace
}  // namespace vk::translate
