#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "base/version.h"
#include "tools/fake_eci/containerd/cni_ipam.h"
#include "tools/fake_eci/profile.h"
#include "tools/fake_eci/server_options.h"

namespace vk::fake {
namespace {

struct Flags {
  std::string listen = "127.0.0.1:18080";
  std::string control_listen = "127.0.0.1:18081";
  std::string runtime = "simulated";
  std::string profile = "instant";
  std::vector<std::string> credentials;
  std::string limits = "observed";
  std::string flow_limits = "on";
  std::string container_controls = "on";
  std::string region;
  std::string tls_listen;
  std::string tls_cert;
  std::string tls_key;
  std::string tls_ca_out;
  std::string dns_listen;
  std::string log_level = "info";
  std::string runtime_dir = RuntimeOptions().folder;
  std::string network = ContainerdOptions().network;
  std::string sandbox_image = ContainerdOptions().sandbox_image;
  std::string registry;
  std::int64_t usage_seconds = ContainerdOptions().usage_period.count();
  std::int64_t volume_seconds = ContainerdOptions().volume_period.count();
  std::vector<std::string> image_archives;
  bool purge = false;
};

// Reads the flags into what they mean and collects every problem.
class Reader {
 public:
  explicit Reader(const Flags& flags) : flags_(flags) {}

  ServerOptions Read() {
    ServerOptions options;
    options.listen = Address("--listen", flags_.listen);
    options.control_listen = Address("--control-listen", flags_.control_listen);
    if (!flags_.dns_listen.empty()) options.dns_listen = Address("--dns-listen", flags_.dns_listen);
    options.keys = Keys();
    options.cloud = Cloud();
    if (!base::ParseLogLevel(flags_.log_level, &options.log_level)) {
      Complain("--log-level", flags_.log_level, "use debug, info, warning or error");
    }
    options.tls = Tls();
    options.runtime = Runtime();
    if (options.runtime && !flags_.purge) options.cloud.addresses = Addresses();
    return options;
  }

  const std::string& problems() const { return problems_; }

 private:
  void Complain(std::string_view flag, std::string_view value, std::string_view remedy) {
    problems_ += fmt::format("fake-eci: {} \"{}\": {}\n", flag, value, remedy);
  }

  std::string Address(std::string_view flag, const std::string& value) {
    const std::size_t colon = value.rfind(':');
    const std::string port = colon == std::string::npos ? "" : value.substr(colon + 1);
    const bool digits = !port.empty() && port.size() <= 5 &&
                        std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
    if (!digits || std::stoi(port) > 65535) {
      Complain(flag, value, "use HOST:PORT, such as 127.0.0.1:18080; port 0 picks one");
    }
    return value;
  }

  std::vector<AccessKey> Keys() {
    std::vector<AccessKey> keys;
    for (const std::string& text : flags_.credentials) {
      const std::size_t first = text.find(':');
      const std::size_t second =
          first == std::string::npos ? std::string::npos : text.find(':', first + 1);
      AccessKey key;
      key.id = text.substr(0, first);
      if (first != std::string::npos) {
        key.secret = base::SecretString(text.substr(first + 1, second - first - 1));
      }
      if (second != std::string::npos) key.token = base::SecretString(text.substr(second + 1));
      if (key.id.empty() || key.secret.empty()) {
        Complain("--credentials", key.id, "use ID:SECRET, or ID:SECRET:TOKEN for a key of STS");
      }
      keys.push_back(std::move(key));
    }
    if (keys.empty()) keys.push_back({"test-key", base::SecretString("test-secret"), {}});
    return keys;
  }

  std::optional<TlsOptions> Tls() {
    if (flags_.tls_listen.empty()) {
      for (const auto& [flag, value] : {std::pair("--tls-cert", flags_.tls_cert),
                                        {"--tls-key", flags_.tls_key},
                                        {"--tls-ca-out", flags_.tls_ca_out}}) {
        if (!value.empty()) Complain(flag, value, "says how to serve --tls-listen; give that, too");
      }
      return std::nullopt;
    }
    TlsOptions tls;
    tls.listen = Address("--tls-listen", flags_.tls_listen);
    tls.authority_file = flags_.tls_ca_out;
    if (flags_.tls_cert.empty() != flags_.tls_key.empty()) {
      Complain("--tls-cert", flags_.tls_cert, "give --tls-cert and --tls-key, or neither");
    } else if (flags_.tls_cert.empty() == flags_.tls_ca_out.empty()) {
      Complain("--tls-listen", flags_.tls_listen,
               "give --tls-cert and --tls-key, or --tls-ca-out for a self-signed certificate");
    } else if (!flags_.tls_cert.empty()) {
      tls.certificate_pem = File("--tls-cert", flags_.tls_cert).value_or("");
      tls.private_key_pem = base::SecretString(File("--tls-key", flags_.tls_key).value_or(""));
    }
    return tls;
  }

  std::optional<RuntimeOptions> Runtime() {
    if (flags_.runtime != "simulated" && flags_.runtime != "containerd") {
      Complain("--runtime", flags_.runtime, "use simulated or containerd");
    }
    if (flags_.runtime != "containerd" && !flags_.purge) return std::nullopt;
    RuntimeOptions runtime;
    std::error_code failed;
    runtime.folder = std::filesystem::weakly_canonical(flags_.runtime_dir, failed).string();
    if (failed || runtime.folder.empty() || runtime.folder == "/") {
      Complain("--runtime-dir", flags_.runtime_dir, "name a folder of the runtime's own");
    }
    runtime.containerd = {.sandbox_image = flags_.sandbox_image,
                          .network = flags_.network,
                          .registry = flags_.registry,
                          .name_server = GatewayOf(flags_.network),
                          .usage_period = std::chrono::seconds(flags_.usage_seconds),
                          .volume_period = std::chrono::seconds(flags_.volume_seconds),
                          .archives = flags_.image_archives};
    return runtime;
  }

  AddressPlan Addresses() {
    auto plan = PlanFor(flags_.network);
    if (plan) return *plan;
    problems_ += "fake-eci: --network: " + plan.error().message + "\n";
    return {};
  }

  CloudOptions Cloud() {
    CloudOptions options;
    options.behaviours.limits =
        flags_.limits == "documented" ? LimitsSource::kDocumented : LimitsSource::kObserved;
    if (flags_.limits != "documented" && flags_.limits != "observed") {
      Complain("--limits", flags_.limits, "use documented or observed");
    }
    options.flow_limits = flags_.flow_limits != "off";
    if (flags_.flow_limits != "on" && flags_.flow_limits != "off") {
      Complain("--flow-limits", flags_.flow_limits, "use on or off");
    }
    options.behaviours.container_controls = flags_.container_controls != "off";
    if (flags_.container_controls != "on" && flags_.container_controls != "off") {
      Complain("--container-controls", flags_.container_controls, "use on or off");
    }
    return Profile(std::move(options));
  }

  CloudOptions Profile(CloudOptions options) {
    std::string text(BuiltInProfile(flags_.profile));
    if (text.empty()) {
      const auto read = File("--profile", flags_.profile);
      if (!read) return options;
      text = *read;
    }
    auto applied = ApplyProfile(text, flags_.profile, options);
    if (!applied) {
      problems_ += "fake-eci: " + applied.error().message + "\n";
      return options;
    }
    if (!flags_.region.empty()) applied->region = flags_.region;
    return std::move(*applied);
  }

  std::optional<std::string> File(std::string_view flag, const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (file.is_open() && !file.bad()) return text;
    std::string remedy = "cannot read this file";
    if (flag == "--profile") {
      remedy = fmt::format("neither a profile ({}) nor a file that can be read",
                           fmt::join(BuiltInProfiles(), ", "));
    }
    Complain(flag, path, remedy);
    return std::nullopt;
  }

  const Flags& flags_;
  std::string problems_;
};

void AddFlags(CLI::App& app, Flags& flags) {
  app.add_option("--listen", flags.listen, "HOST:PORT of the OpenAPI; port 0 picks one")
      ->capture_default_str();
  app.add_option("--control-listen", flags.control_listen,
                 "HOST:PORT of the gRPC control service; port 0 picks one")
      ->capture_default_str();
  app.add_option("--runtime", flags.runtime,
                 "what runs the containers: simulated, or containerd for real ones (as root)")
      ->capture_default_str();
  app.add_option("--profile", flags.profile,
                 "how long things take: instant, article, or a YAML file with the same keys")
      ->capture_default_str();
  app.add_option("--credentials", flags.credentials,
                 "access key as ID:SECRET, or ID:SECRET:TOKEN for a key of STS; repeatable "
                 "(default test-key:test-secret)")
      ->allow_extra_args(false);
  app.add_option("--limits", flags.limits,
                 "what a group may hold: documented, or observed at the real gateway")
      ->capture_default_str();
  app.add_option("--flow-limits", flags.flow_limits, "documented calls per minute: on or off")
      ->capture_default_str();
  app.add_option("--container-controls", flags.container_controls,
                 "whether containers are started and ended as their ECI_CONTAINER_ variables ask: "
                 "on or off")
      ->capture_default_str();
  app.add_option("--region", flags.region,
                 "region that DescribeRegions names (default the profile's, or cn-hangzhou); all "
                 "others are served, too");
  app.add_option("--tls-listen", flags.tls_listen,
                 "HOST:PORT of the OpenAPI over HTTPS, besides --listen; port 0 picks one");
  app.add_option("--tls-cert", flags.tls_cert, "PEM file of its certificate chain");
  app.add_option("--tls-key", flags.tls_key, "PEM file of its private key");
  app.add_option(
      "--tls-ca-out", flags.tls_ca_out,
      "instead of these two: makes a self-signed certificate for localhost, 127.0.0.1 and "
      "::1, and writes here what clients are to trust");
  app.add_option("--dns-listen", flags.dns_listen,
                 "ADDRESS:PORT of a name server with the zones of PrivateZone, over UDP and TCP; "
                 "port 0 picks one (default: none)");
  app.add_option("--runtime-dir", flags.runtime_dir,
                 "with --runtime containerd: where it keeps images, logs and all else; two of them "
                 "side by side have one each")
      ->capture_default_str();
  app.add_option("--network", flags.network,
                 "with --runtime containerd: the addresses of groups, a network of 16 bits; its "
                 "x.x.255.254, port 53, is the name server of those with DnsPolicy Default")
      ->capture_default_str();
  app.add_option("--sandbox-image", flags.sandbox_image,
                 "with --runtime containerd: the image that holds a group's network")
      ->capture_default_str();
  app.add_option("--registry", flags.registry,
                 "with --runtime containerd: URL of the registry that every image is pulled from "
                 "(default: the image's own)");
  app.add_option("--usage-seconds", flags.usage_seconds,
                 "with --runtime containerd: how often it notes what groups use, for the calls "
                 "that tell metrics")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  app.add_option("--volume-seconds", flags.volume_seconds,
                 "with --runtime containerd: how often empty directories with a size limit are "
                 "measured")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  app.add_option("--image-archive", flags.image_archives,
                 "with --runtime containerd: OCI archive to import at the start; repeatable")
      ->allow_extra_args(false);
  app.add_flag("--purge", flags.purge,
               "removes all that --runtime containerd made in --runtime-dir, images, processes, "
               "mounts and network too, and ends");
  app.add_option("--log-level", flags.log_level, "debug, info, warning or error")
      ->capture_default_str();
}

}  // namespace

CommandLine ParseCommandLine(int argc, const char* const* argv) {
  CLI::App app("fake-eci: Alibaba Cloud's elastic container instances on one machine", "fake-eci");
  Flags flags;
  AddFlags(app, flags);
  app.set_version_flag("--version", fmt::format("fake-eci {}", base::kVersion));
  CommandLine line;
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    line.kind = CommandLine::Kind::kHelp;
    line.text = app.help();
    return line;
  } catch (const CLI::CallForVersion& version) {
    line.kind = CommandLine::Kind::kHelp;
    line.text = fmt::format("{}\n", version.what());
    return line;
  } catch (const CLI::ParseError& error) {
    line.kind = CommandLine::Kind::kError;
    line.text = fmt::format("fake-eci: {}; fake-eci --help lists all flags\n", error.what());
    return line;
  }
  Reader reader(flags);
  line.options = reader.Read();
  line.text = reader.problems();
  if (flags.purge) line.kind = CommandLine::Kind::kPurge;
  if (!line.text.empty()) line.kind = CommandLine::Kind::kError;
  return line;
}

}  // namespace vk::fake
