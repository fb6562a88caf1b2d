#include "provider/kube/token_source.h"

#include <chrono>
#include <optional>
#include <utility>

namespace vk::kube {
namespace {

using base::SecretString;

constexpr std::chrono::seconds kReload{60};

class FixedToken final : public TokenSource {
 public:
  explicit FixedToken(SecretString token) : token_(std::move(token)) {}

  boost::asio::awaitable<base::Result<SecretString>> Token(base::TimePoint) override {
    co_return token_;
  }
  void Rejected() override {}

 private:
  SecretString token_;
};

std::string Trimmed(std::string text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t last = text.find_last_not_of(kSpace);
  text.erase(last == std::string::npos ? 0 : last + 1);
  return text.erase(0, text.find_first_not_of(kSpace));
}

class FileToken final : public TokenSource {
 public:
  FileToken(std::string path, FileReader read, base::Clock& clock, SecretString first)
      : path_(std::move(path)), read_(std::move(read)), clock_(clock), token_(std::move(first)) {
    if (!token_.empty()) read_again_ = clock_.Now() + kReload;
  }

  boost::asio::awaitable<base::Result<SecretString>> Token(base::TimePoint) override {
    if (clock_.Now() < read_again_) co_return token_;
    auto text = read_(path_);
    std::string token = text ? Trimmed(std::move(*text)) : "";
    if (!token.empty()) token_ = SecretString(std::move(token));
    if (token_.empty()) {
      base::Error error(base::ErrorCode::kUnauthenticated,
                        "read token " + path_ + ": " +
                            (text ? "the file is empty" : text.error().message) +
                            "; put a bearer token there");
      co_return std::unexpected(std::move(error));
    }
    read_again_ = clock_.Now() + kReload;
    co_return token_;
  }

  void Rejected() override { read_again_ = base::TimePoint::min(); }

 private:
  std::string path_;
  FileReader read_;
  base::Clock& clock_;
  SecretString token_;
  base::TimePoint read_again_ = base::TimePoint::min();
};

}  // namespace

std::unique_ptr<TokenSource> MakeFixedToken(SecretString token) {
  return std::make_unique<FixedToken>(std::move(token));
}

std::unique_ptr<TokenSource> MakeFileToken(std::string path, FileReader read, base::Clock& clock,
                                           SecretString first) {
  return std::make_unique<FileToken>(std::move(path), std::move(read), clock, std::move(first));
}

}  // namespace vk::kube
