#include <unistd.h>

#include <string_view>

#include "provider/app/app.h"

int main(int argc, char** argv) {
  vk::app::Start start;
  start.arguments.assign(argv + 1, argv + argc);
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos)
      start.environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return vk::app::Main(start);
}
