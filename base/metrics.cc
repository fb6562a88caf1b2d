#include "base/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>
#include <utility>

namespace vk::base {
namespace {

class PrometheusCounter final : public Counter {
 public:
  explicit PrometheusCounter(prometheus::Counter& counter) : counter_(counter) {}
  void Add(double amount) override { counter_.Increment(amount); }
  double Value() const override { return counter_.Value(); }

 private:
  prometheus::Counter& counter_;
};

class PrometheusGauge final : public Gauge {
 public:
  explicit PrometheusGauge(prometheus::Gauge& gauge) : gauge_(gauge) {}
  void Set(double value) override { gauge_.Set(value); }
  double Value() const override { return gauge_.Value(); }

 private:
  prometheus::Gauge& gauge_;
};

class PrometheusHistogram final : public Histogram {
 public:
  explicit PrometheusHistogram(prometheus::Histogram& histogram) : histogram_(histogram) {}
  void Observe(double value) override { histogram_.Observe(value); }

 private:
  prometheus::Histogram& histogram_;
};

using Key = std::pair<std::string, Metrics::Labels>;

// Returns the object kept under `key`, made by `make` the first time.
template <class T, class Make>
T& FindOrMake(std::map<Key, std::unique_ptr<T>>& kept, Key key, Make make) {
  std::unique_ptr<T>& found = kept[std::move(key)];
  if (!found) found = make();
  return *found;
}

}  // namespace

class Metrics::Registry {
 public:
  std::mutex mutex;
  prometheus::Registry families;
  std::map<Key, std::unique_ptr<Counter>> counters;
  std::map<Key, std::unique_ptr<Gauge>> gauges;
  std::map<Key, std::unique_ptr<Histogram>> histograms;
};

Metrics::Metrics() : registry_(std::make_unique<Registry>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::GetCounter(const std::string& name, const std::string& help,
                             const Labels& labels) {
  const std::lock_guard lock(registry_->mutex);
  return FindOrMake(registry_->counters, {name, labels}, [&] {
    auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(registry_->families);
    return std::make_unique<PrometheusCounter>(family.Add(labels));
  });
}

Gauge& Metrics::GetGauge(const std::string& name, const std::string& help, const Labels& labels) {
  const std::lock_guard lock(registry_->mutex);
  return FindOrMake(registry_->gauges, {name, labels}, [&] {
    auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(registry_->families);
    return std::make_unique<PrometheusGauge>(family.Add(labels));
  });
}

Histogram& Metrics::GetHistogram(const std::string& name, const std::string& help,
                                 const std::vector<double>& buckets, const Labels& labels) {
  const std::lock_guard lock(registry_->mutex);
  return FindOrMake(registry_->histograms, {name, labels}, [&] {
    auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(registry_->families);
    return std::make_unique<PrometheusHistogram>(family.Add(labels, buckets));
  });
}

std::string Metrics::Text() const {
  return prometheus::TextSerializer().Serialize(registry_->families.Collect());
}

}  // namespace vk::base
