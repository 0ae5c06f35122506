// The files of the dashboard's page: web/dist, embedded by the build (tools/embed_web writes the definition).
#pragma once

#include <span>
#include <string_view>

namespace kgw {

struct DashboardAsset {
  std::string_view name;  // below assets/; "index.html" is the page itself
  std::string_view content_type;
  std::string_view etag;  // of the bytes, quotes included
  std::string_view bytes;
  std::string_view gzipped;  // empty: it would not be smaller
};

std::span<const DashboardAsset> dashboard_assets();  // by name

}  // namespace kgw
