#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vk::base {

// A count that only grows.
class Counter {
 public:
  virtual ~Counter() = default;
  virtual void Add(double amount = 1) = 0;
  virtual double Value() const = 0;
};

// A level that goes up and down.
class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void Set(double value) = 0;
  virtual double Value() const = 0;
};

// A distribution in fixed buckets; seconds unless its name says otherwise.
class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void Observe(double value) = 0;
};

// What a program tells about itself in Prometheus's text format. One per program, made by the
// composition root and passed down; thread-safe. What it returns lives as long as it does, and the
// same name and labels give the same object. REQUIRES: one name has one type, one help text and one
// set of label names.
class Metrics {
 public:
  using Labels = std::map<std::string, std::string>;

  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  Counter& GetCounter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge& GetGauge(const std::string& name, const std::string& help, const Labels& labels = {});
  // `buckets` are upper bounds, ascending; +Inf is added.
  Histogram& GetHistogram(const std::string& name, const std::string& help,
                          const std::vector<double>& buckets, const Labels& labels = {});

  // The text of GET /metrics, content type kMetricsContentType.
  std::string Text() const;

 private:
  class Registry;
  std::unique_ptr<Registry> registry_;
};

inline constexpr std::string_view kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace vk::base
