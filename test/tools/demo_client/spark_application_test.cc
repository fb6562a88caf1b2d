#include "tools/demo_client/spark_application.h"

#include <gtest/gtest.h>

#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/kube/object_bytes.h"

namespace vk::demo {
namespace {

k8s::io::api::core::v1::Pod Parse(const std::string& bytes) {
  k8s::io::api::core::v1::Pod pod;
  EXPECT_TRUE(kube::FromBytes(bytes, &pod));
  return pod;
}

TEST(SparkApplicationTest, ExecutorHasTheShapeThatSparkGivesIt) {
  const auto pod = Parse(MakeExecutor(3, {.uid = "driver-uid", .ip = "10.0.0.1"}));

  EXPECT_EQ(pod.metadata().name(), "demo-exec-3");
  EXPECT_EQ(pod.metadata().ownerreferences(0).uid(), "driver-uid");
  EXPECT_EQ(pod.spec().nodeselector().at("type"), "virtual-kubelet");
  EXPECT_EQ(pod.spec().tolerations(0).key(), "virtual-kubelet.io/provider");
  ASSERT_EQ(pod.spec().containers_size(), 1);
  const auto& container = pod.spec().containers(0);
  EXPECT_EQ(container.env_size(), 30);
  EXPECT_EQ(container.command_size(), 0) << "arguments alone, as the image has an entry point";
  EXPECT_EQ(container.args(0), "executor");
  EXPECT_EQ(container.volumemounts_size(), pod.spec().volumes_size());
}

TEST(SparkApplicationTest, DriverBelongsToNobody) {
  const auto pod = Parse(MakeDriver());

  EXPECT_EQ(pod.metadata().name(), kDriverName);
  EXPECT_EQ(pod.metadata().labels().at("spark-role"), "driver");
  EXPECT_EQ(pod.metadata().ownerreferences_size(), 0);
}

}  // namespace
}  // namespace vk::demo
