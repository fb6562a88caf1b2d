// docs/reference/metrics.md against a running agent, which has the last word on types and labels,
// and against the sources, which name metrics that show only when something happens.

#include <gmock/gmock.h>

#include <sstream>

#include "eci_client/image_cache_client.h"
#include "proto/kubernetes/image_cache.pb.h"
#include "provider/app/status_server.h"
#include "provider/controllers/image_cache_controller.h"
#include "provider/kube/custom_resources.h"
#include "test/docs/page.h"
#include "test/provider/controllers/zone_world.h"

namespace vk::docs {
namespace {

using namespace std::chrono_literals;

constexpr char kPage[] = "docs/reference/metrics.md";

struct Exposed {
  std::string type;
  std::set<std::string> labels;
};

// `eci_requests_total{action="X",code="OK"} 1`: name and label names.
std::pair<std::string, std::set<std::string>> ReadSample(const std::string& line) {
  std::pair<std::string, std::set<std::string>> sample{line.substr(0, line.find_first_of("{ ")),
                                                       {}};
  static const std::regex kLabel(R"re([{,]([a-z_]+)=")re");
  for (std::sregex_iterator match(line.begin(), line.end(), kLabel), end; match != end; ++match)
    sample.second.insert((*match)[1].str());
  return sample;
}

std::map<std::string, Exposed> ReadExposition(const std::string& text) {
  std::map<std::string, Exposed> metrics;
  std::istringstream lines(text);
  std::string family;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# TYPE ")) {
      std::istringstream words(line.substr(7));
      words >> family >> metrics[family].type;
    } else if (!line.starts_with('#')) {
      const auto [name, labels] = ReadSample(line);
      metrics[family].labels.insert(labels.begin(), labels.end());
      metrics[family].labels.erase("le");
    }
  }
  return metrics;
}

std::set<std::string> SplitLabels(const std::string& cell) {
  std::set<std::string> labels;
  std::istringstream parts(cell);
  for (std::string label; std::getline(parts, label, ',');)
    labels.insert(label.substr(std::min(label.find_first_not_of(' '), label.size())));
  return labels;
}

class MetricsPageTest : public controllers::ZoneWorld {
 protected:
  ~MetricsPageTest() override {
    tasks_.Cancel();
    clock_.Advance(30s);
  }

  // With an object, since its Lease is held for that alone.
  void StartImageCaches() {
    kubernetes::ImageCache object;
    object.mutable_metadata()->set_name("web");
    object.mutable_spec()->add_images("web:1");
    EXPECT_TRUE(server_.Create(kube::kImageCaches, {}, kube::ToBytes(object)));
    image_caches_ = std::make_unique<controllers::ImageCacheController>(
        controllers::ImageCacheControllerOptions{.cluster_id = "c1", .process = "this-process"},
        controllers::ImageCacheController::Parts{.api = kube_,
                                                 .caches = cache_calls_,
                                                 .events = agent_->recorder(),
                                                 .clock = clock_,
                                                 .log = log_,
                                                 .metrics = metrics_},
        random_.Split("image caches"), [](std::string_view) { return false; }, io_.get_executor());
    tasks_.Spawn("image caches", image_caches_->Run());
  }

  // An agent with its controllers that has made a pod, was throttled and has both its servers.
  std::map<std::string, Exposed> Expose() {
    config::Options options;
    options.kubelet_listen = "127.0.0.1:0";
    options.metrics_listen = "127.0.0.1:0";
    options.node_name = kNode;
    options.node_ip = "192.0.2.7";
    auto servers = app::StartServers(
        {.options = options, .clock = clock_, .log = log_, .metrics = metrics_},
        [] { return std::string(); }, io_.get_executor());
    EXPECT_TRUE(servers) << servers.error().message;
    Start();
    CloudRefuses("CreateContainerGroup", "Throttling.User");
    CreatePod("web");
    StartController();
    StartImageCaches();
    clock_.Advance(10s);
    tasks_.Spawn("stop", (*servers)->Stop());
    clock_.Advance(1s);
    return ReadExposition(metrics_.Text());
  }

  eci::ImageCacheClient cache_calls_{*channel_, "cn-hangzhou"};
  std::unique_ptr<controllers::ImageCacheController> image_caches_;
};

TEST_F(MetricsPageTest, EveryMetricOfARunningAgentHasItsRowAndTheOtherWayRound) {
  std::map<std::string, Exposed> exposed = Expose();
  const Rows rows = ReadRows(kPage, "");

  for (const auto& [name, metric] : exposed) {
    ASSERT_TRUE(rows.contains(name)) << name << " is missing in " << kPage;
    const std::vector<std::string>& row = rows.at(name);
    ASSERT_GE(row.size(), 6u) << name;
    EXPECT_EQ(row[1], metric.type) << name;
    EXPECT_EQ(SplitLabels(row[2]), metric.labels) << name;
    EXPECT_NE(row[3], "") << name << " has no unit";
    EXPECT_NE(row[4], "") << name << " has no meaning";
  }
  for (const auto& [name, row] : rows)
    EXPECT_TRUE(exposed.contains(name)) << kPage << " has " << name << ", the agent does not";
}

TEST_F(MetricsPageTest, EveryMetricInTheSourcesHasItsRow) {
  const std::regex metric(R"re(Get(?:Counter|Gauge|Histogram)\(\s*"([a-z_]+)")re");

  EXPECT_EQ(FindInSources({"base", "eci_client", "provider", "tools"}, metric),
            Names(ReadRows(kPage, "")));
}

}  // namespace
}  // namespace vk::docs
