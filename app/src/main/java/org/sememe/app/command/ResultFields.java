package org.sememe.app.command;

import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.sememe.analysis.evaluation.EvaluationReport;
import org.sememe.app.stages.StageClock;

/** The JSON fields that {@code demo}, {@code train}, {@code resume} and {@code eval} share. */
final class ResultFields {
  private ResultFields() {}

  static Map<String, Object> of(
      Optional<EvaluationReport> report, StageClock clock, Path run, Optional<URI> studio) {
    Map<String, Object> fields = new LinkedHashMap<>();
    report.ifPresent(measured -> fields.putAll(measured.fields()));
    fields.put("seconds", clock.seconds());
    fields.put("run", run.toAbsolutePath().normalize().toString());
    fields.put("studio", studio.map(URI::toString).orElse(null));
    return fields;
  }
}
