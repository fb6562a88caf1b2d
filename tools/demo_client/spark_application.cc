#include "tools/demo_client/spark_application.h"

#include <fmt/format.h>

#include <initializer_list>
#include <utility>

#include "proto/kubernetes/core/v1/config.pb.h"
#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/kube/object_bytes.h"

namespace vk::demo {
namespace {

namespace core = k8s::io::api::core::v1;

constexpr std::string_view kApplication = "spark-0bfa2b03484d4dc0bbc54eb11a6a5227";
constexpr std::string_view kConfigFolder = "/opt/spark/conf";
constexpr std::string_view kLocalFolder = "/var/data/spark-local";
constexpr int kJavaOptions = 18;

using Variables = std::initializer_list<std::pair<std::string_view, std::string_view>>;

void AddVariables(core::Container* container, Variables variables) {
  for (const auto& [name, value] : variables) {
    core::EnvVar* variable = container->add_env();
    variable->set_name(std::string(name));
    variable->set_value(std::string(value));
  }
}

void AddFieldVariable(core::Container* container, const std::string& name,
                      const std::string& path) {
  core::EnvVar* variable = container->add_env();
  variable->set_name(name);
  core::ObjectFieldSelector* field = variable->mutable_valuefrom()->mutable_fieldref();
  field->set_apiversion("v1");
  field->set_fieldpath(path);
}

void AddPort(core::Container* container, const std::string& name, int number) {
  core::ContainerPort* port = container->add_ports();
  port->set_name(name);
  port->set_containerport(number);
  port->set_protocol("TCP");
}

void AddMount(core::Container* container, const std::string& volume, std::string_view path) {
  core::VolumeMount* mount = container->add_volumemounts();
  mount->set_name(volume);
  mount->set_mountpath(std::string(path));
}

// 1 vCPU and 1 GiB, the smallest size that the cloud sells without rounding it up.
void SetSize(core::Container* container) {
  auto& requests = *container->mutable_resources()->mutable_requests();
  requests["cpu"].set_string("1");
  requests["memory"].set_string("1Gi");
  (*container->mutable_resources()->mutable_limits())["memory"].set_string("1Gi");
}

// What both roles share.
core::Pod MakePod(Role role, const std::string& name) {
  core::Pod pod;
  pod.mutable_metadata()->set_name(name);
  pod.mutable_metadata()->set_namespace_(std::string(kNamespace));
  auto& labels = *pod.mutable_metadata()->mutable_labels();
  labels["spark-app-name"] = "demo";
  labels["spark-app-selector"] = kApplication;
  labels["spark-role"] = role == Role::kDriver ? "driver" : "executor";
  labels["spark-version"] = "3.5.9";

  core::PodSpec& spec = *pod.mutable_spec();
  spec.set_restartpolicy("Never");
  (*spec.mutable_nodeselector())["type"] = "virtual-kubelet";
  core::Toleration* toleration = spec.add_tolerations();
  toleration->set_key("virtual-kubelet.io/provider");
  toleration->set_operator_("Exists");

  core::Volume* config = spec.add_volumes();
  config->set_name("spark-conf-volume");
  core::ConfigMapVolumeSource* source = config->mutable_volumesource()->mutable_configmap();
  source->mutable_localobjectreference()->set_name(ConfigMapName(role));
  core::Volume* local = spec.add_volumes();
  local->set_name("spark-local-dir-1");
  local->mutable_volumesource()->mutable_emptydir();

  core::Container* container = spec.add_containers();
  container->set_name(role == Role::kDriver ? "spark-kubernetes-driver"
                                            : "spark-kubernetes-executor");
  container->set_image(std::string(kImage));
  container->set_imagepullpolicy("IfNotPresent");
  SetSize(container);
  AddMount(container, "spark-conf-volume", kConfigFolder);
  AddMount(container, "spark-local-dir-1", kLocalFolder);
  return pod;
}

}  // namespace

std::string MakeNamespace() {
  core::Namespace made;
  made.mutable_metadata()->set_name(std::string(kNamespace));
  return kube::ToBytes(made);
}

std::string ConfigMapName(Role role) {
  return role == Role::kDriver ? "demo-driver-conf-map" : "demo-executor-conf-map";
}

std::string MakeConfigMap(Role role) {
  core::ConfigMap map;
  map.mutable_metadata()->set_name(ConfigMapName(role));
  map.mutable_metadata()->set_namespace_(std::string(kNamespace));
  map.set_immutable(true);
  (*map.mutable_data())["spark.properties"] =
      fmt::format("spark.app.id={}\nspark.kubernetes.namespace={}\n", kApplication, kNamespace);
  return kube::ToBytes(map);
}

std::string MakeDriver() {
  core::Pod pod = MakePod(Role::kDriver, std::string(kDriverName));
  core::Container* container = pod.mutable_spec()->mutable_containers(0);
  for (const char* arg : {"driver", "--properties-file", "/opt/spark/conf/spark.properties",
                          "--class", "org.apache.spark.deploy.PythonRunner",
                          "local:///opt/spark/examples/src/main/python/pi.py", "20"}) {
    container->add_args(arg);
  }
  AddVariables(container, {{"SPARK_USER", "root"},
                           {"SPARK_APPLICATION_ID", kApplication},
                           {"PYSPARK_PYTHON", "/usr/bin/python3"},
                           {"PYSPARK_DRIVER_PYTHON", "/usr/bin/python3"},
                           {"SPARK_LOCAL_DIRS", kLocalFolder},
                           {"SPARK_CONF_DIR", kConfigFolder}});
  AddFieldVariable(container, "SPARK_DRIVER_BIND_ADDRESS", "status.podIP");
  AddPort(container, "driver-rpc-port", 7078);
  AddPort(container, "blockmanager", 7079);
  AddPort(container, "spark-ui", 4040);
  return kube::ToBytes(pod);
}

std::string ExecutorName(int id) { return fmt::format("demo-exec-{}", id); }

std::string MakeExecutor(int id, const Driver& driver) {
  core::Pod pod = MakePod(Role::kExecutor, ExecutorName(id));
  (*pod.mutable_metadata()->mutable_labels())["spark-exec-id"] = std::to_string(id);
  (*pod.mutable_metadata()->mutable_labels())["spark-exec-resourceprofile-id"] = "0";
  auto* owner = pod.mutable_metadata()->add_ownerreferences();
  owner->set_apiversion("v1");
  owner->set_kind("Pod");
  owner->set_name(std::string(kDriverName));
  owner->set_uid(driver.uid);
  owner->set_controller(true);
  pod.mutable_spec()->set_hostname(ExecutorName(id));

  core::Container* container = pod.mutable_spec()->mutable_containers(0);
  container->add_args("executor");
  AddVariables(container,
               {{"SPARK_USER", "root"},
                {"SPARK_DRIVER_URL", "spark://CoarseGrainedScheduler@" + driver.ip + ":7078"},
                {"SPARK_EXECUTOR_CORES", "1"},
                {"SPARK_EXECUTOR_MEMORY", "512m"},
                {"SPARK_APPLICATION_ID", kApplication},
                {"SPARK_CONF_DIR", kConfigFolder},
                {"SPARK_EXECUTOR_ID", std::to_string(id)},
                {"SPARK_RESOURCE_PROFILE_ID", "0"},
                {"SPARK_DRIVER_POD_IP", driver.ip}});
  for (int option = 0; option < kJavaOptions; ++option) {
    AddVariables(container, {{fmt::format("SPARK_JAVA_OPT_{}", option),
                              "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED"}});
  }
  AddFieldVariable(container, "SPARK_EXECUTOR_POD_IP", "status.podIP");
  AddFieldVariable(container, "SPARK_EXECUTOR_POD_NAME", "metadata.name");
  AddVariables(container, {{"SPARK_LOCAL_DIRS", kLocalFolder}});
  AddPort(container, "blockmanager", 7079);
  return kube::ToBytes(pod);
}

}  // namespace vk::demo
