# What release programs take from archives instead of shared libraries: less to relocate at start and less memory at rest
# (docs/benchmarks.md). fmt, spdlog and prometheus-cpp stay shared, since Debian packages them without archives, and so do libc
# and libstdc++. Protobuf may be in a program once only, so gRPC and all that it needs come along. Included before any other
# find_package: what is found here is what every module links.
option(VK_STATIC_LIBRARIES "Link protobuf, gRPC, OpenSSL, yaml-cpp and zlib from their archives (preset release)" OFF)

# What a build folder found with the other choice would stay.
if(NOT "${VK_STATIC_LIBRARIES}" STREQUAL "${VK_STATIC_LIBRARIES_BEFORE}")
  foreach(found Protobuf_LIBRARY_RELEASE OPENSSL_SSL_LIBRARY OPENSSL_CRYPTO_LIBRARY ZLIB_LIBRARY_RELEASE)
    unset(${found} CACHE)
  endforeach()
  set(VK_STATIC_LIBRARIES_BEFORE "${VK_STATIC_LIBRARIES}" CACHE INTERNAL "The choice of the last configuration")
endif()

if(VK_STATIC_LIBRARIES)
  foreach(package Protobuf OPENSSL ZLIB)
    set(${package}_USE_STATIC_LIBS ON)
  endforeach()
  find_package(gRPC CONFIG REQUIRED)
  find_package(yaml-cpp REQUIRED)
  # The packages describe their shared libraries alone; the archive lies beside each.
  get_property(targets DIRECTORY PROPERTY IMPORTED_TARGETS)
  foreach(target ${targets})
    get_target_property(type ${target} TYPE)
    get_target_property(shared ${target} IMPORTED_LOCATION_NONE)
    if(type STREQUAL SHARED_LIBRARY AND shared)
      string(REGEX REPLACE "\\.so[.0-9]*$" ".a" archive "${shared}")
      if(NOT EXISTS "${archive}")
        message(FATAL_ERROR "${archive} is missing; run tools/setup, or configure with -DVK_STATIC_LIBRARIES=OFF")
      endif()
      set_target_properties(${target} PROPERTIES IMPORTED_LOCATION_NONE "${archive}" IMPORTED_SONAME_NONE "")
    endif()
  endforeach()
  # These two come without a description of their own; gRPC's modules find them by name.
  find_library(VK_CARES_ARCHIVE libcares.a REQUIRED)
  set_target_properties(c-ares::cares PROPERTIES IMPORTED_LOCATION "${VK_CARES_ARCHIVE}")
  find_library(VK_RE2_ARCHIVE libre2.a REQUIRED)
  set_target_properties(re2::re2 PROPERTIES INTERFACE_LINK_LIBRARIES "${VK_RE2_ARCHIVE};Threads::Threads")
  add_link_options(LINKER:--gc-sections)
endif()
