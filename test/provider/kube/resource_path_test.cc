#include "provider/kube/resource_path.h"

#include <gtest/gtest.h>

namespace vk::kube {
namespace {

TEST(ResourcePathTest, CoreKindsLiveUnderApi) {
  EXPECT_EQ(CollectionPath(kPods, "a"), "/api/v1/namespaces/a/pods");
  EXPECT_EQ(CollectionPath(kPods, ""), "/api/v1/pods");
  EXPECT_EQ(CollectionPath(kNodes, ""), "/api/v1/nodes");
}

TEST(ResourcePathTest, OtherGroupsLiveUnderApis) {
  EXPECT_EQ(CollectionPath(kLeases, "kube-node-lease"),
            "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases");
  EXPECT_EQ(CollectionPath(kTokenReviews, ""), "/apis/authentication.k8s.io/v1/tokenreviews");
}

TEST(ResourcePathTest, ObjectPathEndsInItsSubresource) {
  EXPECT_EQ(ObjectPath(kPods, {"a", "b", ""}), "/api/v1/namespaces/a/pods/b");
  EXPECT_EQ(ObjectPath(kPods, {"a", "b", "status"}), "/api/v1/namespaces/a/pods/b/status");
  EXPECT_EQ(ObjectPath(kNodes, {"", "vk", "status"}), "/api/v1/nodes/vk/status");
}

TEST(ResourcePathTest, NameCannotLeaveItsPlace) {
  EXPECT_EQ(ObjectPath(kPods, {"a", "b/c?d", ""}), "/api/v1/namespaces/a/pods/b%2Fc%3Fd");
}

TEST(ResourcePathTest, QueryIsEncodedAndEmptyValuesAreLeftOut) {
  EXPECT_EQ(WithQuery("/x", {{"fieldSelector", "spec.nodeName=vk"}, {"limit", ""}, {"c", "a+b"}}),
            "/x?fieldSelector=spec.nodeName%3Dvk&c=a%2Bb");
  EXPECT_EQ(WithQuery("/x", {}), "/x");
}

TEST(ResourcePathTest, BodyOfASubresourceMayBeOfAnotherKind) {
  EXPECT_EQ(TypeOfBody(kServiceAccounts, "token").kind, "TokenRequest");
  EXPECT_EQ(TypeOfBody(kServiceAccounts, "token").api_version, "authentication.k8s.io/v1");
  EXPECT_EQ(TypeOfBody(kPods, "status").kind, "Pod");
  EXPECT_EQ(TypeOfBody(kLeases, "").api_version, "coordination.k8s.io/v1");
}

}  // namespace
}  // namespace vk::kube
