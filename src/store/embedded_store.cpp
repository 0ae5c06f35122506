#include "store/embedded_store.hpp"

#include <utility>

#include "base/check.hpp"
#include "store/journal.hpp"
#include "store/journal_reader.hpp"

namespace kgw {

EmbeddedStore::EmbeddedStore(DataDir directory, JournalStore::Settings settings, JournalHome home,
                             std::unique_ptr<JournalWriting> writing, std::function<void()> wake, Note note)
    : JournalStore(settings, std::move(home), std::move(writing), std::move(wake), std::move(note)),
      directory_(std::move(directory)) {}

Result<std::unique_ptr<EmbeddedStore>> EmbeddedStore::open(Settings settings, std::function<void()> wake,
                                                           Note note, StoreImage& image_out) {
  KGW_CHECK(settings.clock != nullptr);
  Result<DataDir> directory = DataDir::open(settings.data_dir);
  if (!directory) return directory.error();
  const auto file = directory->file("gateway.db");
  if (!file) return file.error();
  const auto open_journal = [file = *file, vfs = settings.vfs, clock = settings.clock] {
    return Journal::open(file, vfs, clock->now().wall);
  };
  Result<Journal> journal = open_journal();
  if (!journal) return journal.error();
  Result<StoreImage> image = journal->load();
  if (!image) return image.error();
  image_out = std::move(*image);

  JournalHome home;
  home.open_writing = [open_journal]() -> JournalHome::Writing {
    Result<Journal> opened = open_journal();
    if (!opened) return opened.error();
    return std::make_unique<Journal>(std::move(*opened));
  };
  home.open_reading = [file = *file, vfs = settings.vfs]() -> JournalHome::Reading {
    Result<JournalReader> opened = JournalReader::open(file, vfs);
    if (!opened) return opened.error();
    return std::make_unique<JournalReader>(std::move(*opened));
  };
  const JournalStore::Settings common{
      {settings.retention, settings.keep_bodies}, settings.max_bytes, settings.clock};
  return std::unique_ptr<EmbeddedStore>(new EmbeddedStore(std::move(*directory), common, std::move(home),
                                                          std::make_unique<Journal>(std::move(*journal)),
                                                          std::move(wake), std::move(note)));
}

}  // namespace kgw
