package org.sememe.app.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.sememe.analysis.steering.SideBySide;
import org.sememe.analysis.steering.Steer;
import org.sememe.analysis.steering.Steering;
import org.sememe.analysis.steering.SteeringFile;
import org.sememe.analysis.steering.SteeringPrompt;
import org.sememe.analysis.steering.SteeringSource.Turned;
import org.sememe.analysis.steering.SteeringView;
import org.sememe.analysis.steering.Where;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.command.options.SamplingOptions;
import org.sememe.app.inputs.DictionaryFolder;
import org.sememe.app.inputs.ModelOpener;
import org.sememe.app.inputs.SteeredModel;
import org.sememe.app.stages.SteeringMeasureStage;
import org.sememe.app.terminal.Terminal;
import org.sememe.app.terminal.TwoColumns;
import org.sememe.models.generation.GenerationOptions;
import org.sememe.models.tokenizer.Tokenizer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Turns features up or down and shows what the model says, beside what it says otherwise. */
@Command(
    name = "steer",
    description = "Turn features up or down, and see what the model says beside what it said.",
    footer = {
      "",
      "Examples:",
      "  sememe steer runs/demo --prompt \"I went for a walk and\" --feature 123=5 --save walk.json",
      "  sememe steer runs/demo --chat --prompt \"Who are you?\" --feature 123=5 --feature 9:ablate",
      "  sememe steer --steering walk.json --prompt \"In the evening\"",
      "  sememe steer runs/demo --measure --features 123,9,77 --prompts 8 --seeds 3"
    })
public final class SteerCommand implements Callable<Integer> {
  private static final int COLUMN = 54;

  @Mixin private CommonOptions common;
  @Mixin private SamplingOptions sampling;
  @Mixin private SteerMeasureOptions measure;

  @Parameters(
      paramLabel = "DICT",
      arity = "0..1",
      description = {DictionaryFolder.WHAT, "Default: the one that --steering names."})
  private Optional<String> dictionary = Optional.empty();

  @Option(
      names = "--feature",
      paramLabel = "STEER",
      description = {"What to turn how far; may be given again.", Steer.WHAT})
  private List<String> features = List.of();

  @Option(
      names = "--steering",
      paramLabel = "FILE",
      description = "Turn what this file says, and --feature as well.")
  private Optional<Path> file = Optional.empty();

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      description = "The text to go on from; with --chat, the user's message.")
  private Optional<String> prompt = Optional.empty();

  @Option(names = "--chat", description = "Put the prompt into the model's chat template.")
  private boolean chat;

  @Option(
      names = "--where",
      paramLabel = "PLACE",
      description = "prompt, reply or both: which tokens feel it (default: the file's, else both).")
  private Optional<String> where = Optional.empty();

  @Option(
      names = "--sinks",
      description = "Steer the first position, special tokens and attention sinks too.")
  private boolean sinks;

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      description = "The model to steer (default: the one that the file or the run names).")
  private Optional<String> model = Optional.empty();

  @Option(
      names = "--save",
      paramLabel = "FILE",
      description = "Keep the steering in this file, for --steering here and of generate.")
  private Optional<Path> save = Optional.empty();

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    GenerationOptions options = common.checked(sampling::options);
    if (measure.wanted()) {
      measure(terminal, options);
      return 0;
    }
    String text = prompt.orElseThrow(() -> common.wrong("--prompt TEXT is missing (or --measure)"));
    Steering wanted = wanted();
    try (SteeredModel steered =
        SteeredModel.open(new ModelOpener(terminal, common.threads()), model, dictionary, wanted)) {
      List<Turned> turned = SteeringView.turned(steered.steering());
      Tokenizer tokenizer = steered.model().tokenizer();
      SideBySide.Result result =
          SideBySide.run(
              steered.steerer(),
              new SteeringPrompt(text, chat).ids(tokenizer),
              options.withStopIds(tokenizer.stopIds()),
              steered.steering(),
              (column, id, piece) -> true);
      if (save.isPresent()) {
        SteeringFile.write(steered.steering(), save.get());
      }
      tell(terminal, steered.steering(), turned, tokenizer, result);
    }
    return 0;
  }

  private void measure(Terminal terminal, GenerationOptions options) throws IOException {
    SteeringMeasureStage.Wish wish =
        common.checked(
            () -> {
              measure.check();
              if (dictionary.isEmpty()) {
                throw new IllegalArgumentException("--measure needs DICT");
              }
              return new SteeringMeasureStage.Wish(
                  measure.features(),
                  measure.find(),
                  measure.times(),
                  measure.prompts(),
                  chat,
                  measure.seeds(),
                  options,
                  where.map(Where::of).orElse(Where.BOTH));
            });
    try (SteeredModel steered =
        SteeredModel.open(
            new ModelOpener(terminal, common.threads()),
            model,
            dictionary,
            Steering.of(List.of()))) {
      terminal.result(new SteeringMeasureStage(terminal).run(steered, wish));
    }
  }

  private Steering wanted() throws IOException {
    Steering base = file.isPresent() ? SteeringFile.read(file.get()) : Steering.of(List.of());
    return common.checked(
        () -> {
          List<Steer> steers = new ArrayList<>(base.steers());
          features.forEach(text -> steers.add(Steer.parse(text)));
          if (steers.isEmpty()) {
            throw new IllegalArgumentException("nothing to turn: give --feature or --steering");
          }
          if (file.isEmpty() && dictionary.isEmpty()) {
            throw new IllegalArgumentException("no dictionary: give DICT, or a --steering file");
          }
          return new Steering(
              base.model(),
              base.dictionary(),
              base.hook(),
              steers,
              base.scales(),
              where.map(Where::of).orElse(base.where()),
              sinks || base.sinks());
        });
  }

  private void tell(
      Terminal terminal,
      Steering steering,
      List<Turned> turned,
      Tokenizer tokenizer,
      SideBySide.Result result) {
    turned.forEach(one -> terminal.say(line(one)));
    String before = tokenizer.decodeText(result.before().ids());
    String after = tokenizer.decodeText(result.after().ids());
    terminal.say("");
    TwoColumns columns = new TwoColumns(COLUMN);
    columns.of("DEFAULT", "STEERED").forEach(terminal::say);
    columns.of(before, after).forEach(terminal::say);
    terminal.say("");
    terminal.say(
        String.format(
            Locale.ROOT,
            "KL %.3f nats a token over the %,d tokens of the default reply, of which %,d have another"
                + " likeliest token",
            result.shift().kl(),
            result.shift().tokens(),
            result.shift().likeliestChanged()));
    int changed = result.difference().after().size();
    terminal.say(
        String.format(
            Locale.ROOT,
            "%,d of %,d steered tokens changed",
            changed,
            result.after().ids().length));
    save.ifPresent(path -> terminal.say("steering: " + path));
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("steering", SteeringFile.fields(steering));
    fields.put("steers", turned.stream().map(SteerCommand::fields).toList());
    fields.put("default_text", before);
    fields.put("steered_text", after);
    fields.put("default_ids", result.before().ids());
    fields.put("steered_ids", result.after().ids());
    fields.put("kl", result.shift().kl());
    fields.put("kl_tokens", result.shift().tokens());
    fields.put("likeliest_changed", result.shift().likeliestChanged());
    fields.put("changed_tokens", changed);
    fields.put("steered_tokens", result.after().ids().length);
    fields.put("saved", save.map(path -> path.toAbsolutePath().normalize().toString()));
    terminal.result(fields);
  }

  private static String line(Turned one) {
    StringBuilder line =
        new StringBuilder(
            String.format(Locale.ROOT, "latent %d: %s %.4g", one.latent(), one.mode(), one.raw()));
    one.timesMax()
        .ifPresent(times -> line.append(String.format(Locale.ROOT, ", %.3g x maximum", times)));
    one.timesMean()
        .ifPresent(times -> line.append(String.format(Locale.ROOT, ", %.3g x mean", times)));
    return line.toString();
  }

  private static Map<String, Object> fields(Turned one) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("latent", one.latent());
    fields.put("mode", one.mode());
    fields.put("raw", one.raw());
    one.timesMax().ifPresent(times -> fields.put("times_max", times));
    one.timesMean().ifPresent(times -> fields.put("times_mean", times));
    return fields;
  }
}
