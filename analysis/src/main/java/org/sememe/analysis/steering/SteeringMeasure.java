package org.sememe.analysis.steering;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntConsumer;
import org.sememe.analysis.evaluation.Bootstrap;
import org.sememe.analysis.evaluation.Interval;
import org.sememe.models.HookPlan;
import org.sememe.models.generation.Generation;
import org.sememe.models.generation.GenerationOptions;
import org.sememe.models.generation.Intervention;
import org.sememe.models.generation.Replies;
import org.sememe.tensors.RandomStream;

/**
 * Measures whether steering a feature makes the model say what the feature is about: to each prompt
 * and seed it writes a reply unsteered, one with the feature clamped, and one with the same clamp
 * along a random direction of the decoder row's norm, and counts the topic's words in each. One
 * thread at a time; the steerer stays the caller's.
 *
 * @param prompts token ids of each
 * @param seeds replies of each kind to each prompt, at least 1
 * @param options of the replies; the seed is that of the first
 * @param where which tokens feel it
 * @param resamples bootstrap resamples behind the intervals
 */
public record SteeringMeasure(
    Steerer steerer,
    List<int[]> prompts,
    int seeds,
    GenerationOptions options,
    Where where,
    int resamples) {
  private static final int AT_ONCE = 24;
  private static final int DEFAULT = 0;
  private static final int STEERED = 1;
  private static final int RANDOM = 2;

  /** Checks the ranges. */
  public SteeringMeasure {
    prompts = List.copyOf(prompts);
    if (prompts.isEmpty() || seeds < 1) {
      throw new IllegalArgumentException(
          prompts.size() + " prompts and " + seeds + " seeds: need at least 1 of both");
    }
  }

  /**
   * A feature to measure.
   *
   * @param clamp what its activation is clamped to
   * @param topic what to look for; at least one word
   */
  public record Subject(int latent, double clamp, Topic topic) {
    /** Checks that there is something to look for. */
    public Subject {
      if (topic.words().isEmpty()) {
        throw new IllegalArgumentException(
            "latent " + latent + ": it fires on no words, so there is nothing to look for");
      }
    }
  }

  /** A reply to write: to which prompt and seed, of which kind, and for which subject. */
  private record Job(int prompt, int seed, int kind, int subject) {}

  /** Replies that will be written for so many subjects. */
  public int replies(int subjects) {
    return prompts.size() * seeds * (1 + 2 * subjects);
  }

  /**
   * The scores, in the subjects' order.
   *
   * @param done hears how many replies are written
   */
  public List<TopicScore> run(List<Subject> subjects, IntConsumer done) {
    Map<Integer, Map<Integer, TopicScore.Unit>> units = new TreeMap<>();
    int written = 0;
    for (int prompt = 0; prompt < prompts.size(); prompt++) {
      List<Job> jobs = jobs(prompt, subjects.size());
      for (int first = 0; first < jobs.size(); first += AT_ONCE) {
        List<Job> some = jobs.subList(first, Math.min(jobs.size(), first + AT_ONCE));
        List<Generation> replies = write(some, subjects);
        for (int i = 0; i < some.size(); i++) {
          count(some.get(i), words(replies.get(i)), subjects, units);
        }
        written += some.size();
        done.accept(written);
      }
    }
    List<TopicScore> scores = new ArrayList<>();
    for (int subject = 0; subject < subjects.size(); subject++) {
      scores.add(
          score(
              subjects.get(subject),
              units.get(subject).values().stream().map(TopicScore.Unit::sums).toList()));
    }
    return scores;
  }

  private List<Job> jobs(int prompt, int subjects) {
    List<Job> jobs = new ArrayList<>();
    for (int seed = 0; seed < seeds; seed++) {
      jobs.add(new Job(prompt, seed, DEFAULT, 0));
      for (int subject = 0; subject < subjects; subject++) {
        jobs.add(new Job(prompt, seed, STEERED, subject));
        jobs.add(new Job(prompt, seed, RANDOM, subject));
      }
    }
    return jobs;
  }

  private List<Generation> write(List<Job> jobs, List<Subject> subjects) {
    List<List<Knob>> knobs = jobs.stream().map(job -> knobs(job, subjects)).toList();
    HookPlan edits = steerer.edits(knobs::get, false);
    List<GenerationOptions> each =
        jobs.stream()
            .map(
                job ->
                    new GenerationOptions(
                        options.maxNewTokens(),
                        options.temperature(),
                        options.topP(),
                        options.seed() + job.seed(),
                        options.stopIds()))
            .toList();
    return Replies.generate(
        steerer.model(),
        prompts.get(jobs.getFirst().prompt()),
        each,
        new Intervention(edits, where.prompt(), where.reply()));
  }

  private List<Knob> knobs(Job job, List<Subject> subjects) {
    if (job.kind() == DEFAULT) {
      return List.of();
    }
    Subject subject = subjects.get(job.subject());
    float[] direction = steerer.direction(subject.latent());
    Steer clamp = new Steer(subject.latent(), Steer.Mode.CLAMP, subject.clamp(), Steer.Unit.RAW);
    return List.of(
        Knob.of(
            clamp,
            subject.clamp(),
            job.kind() == STEERED ? direction : random(job, subject, direction)));
  }

  /** A direction of the same norm, even over the sphere; another for each latent, prompt, seed. */
  private float[] random(Job job, Subject subject, float[] direction) {
    RandomStream stream =
        RandomStream.of(options.seed() + job.seed()).stream("direction").stream(subject.latent())
            .stream(job.prompt());
    double[] drawn = new double[direction.length];
    double squares = 0;
    double wanted = 0;
    for (int i = 0; i < drawn.length; i++) {
      drawn[i] = stream.nextGaussian();
      squares += drawn[i] * drawn[i];
      wanted += (double) direction[i] * direction[i];
    }
    float[] scaled = new float[drawn.length];
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = (float) (drawn[i] * Math.sqrt(wanted / squares));
    }
    return scaled;
  }

  private List<String> words(Generation reply) {
    return Arrays.stream(reply.ids())
        .filter(id -> !steerer.tokenizer().special(id))
        .mapToObj(steerer.tokenizer()::token)
        .toList();
  }

  /** An unsteered reply counts for every subject. */
  private void count(
      Job job,
      List<String> tokens,
      List<Subject> subjects,
      Map<Integer, Map<Integer, TopicScore.Unit>> units) {
    for (int subject = 0; subject < subjects.size(); subject++) {
      if (job.kind() == DEFAULT || job.subject() == subject) {
        units
            .computeIfAbsent(subject, key -> new TreeMap<>())
            .computeIfAbsent(job.prompt() * seeds + job.seed(), key -> new TopicScore.Unit())
            .add(job.kind(), tokens, subjects.get(subject).topic());
      }
    }
  }

  private TopicScore score(Subject subject, List<double[]> units) {
    List<Interval> intervals =
        new Bootstrap(resamples, options.seed())
            .intervals(
                units,
                List.of(
                    sums ->
                        TopicScore.Unit.share(sums, STEERED) - TopicScore.Unit.share(sums, DEFAULT),
                    sums ->
                        TopicScore.Unit.share(sums, STEERED)
                            - TopicScore.Unit.share(sums, RANDOM)));
    double[] sums = Bootstrap.total(units);
    return new TopicScore(
        subject.latent(),
        subject.topic().words(),
        TopicScore.Unit.share(sums, DEFAULT),
        TopicScore.Unit.share(sums, STEERED),
        TopicScore.Unit.share(sums, RANDOM),
        intervals.get(0),
        intervals.get(1),
        TopicScore.Unit.distinct(sums, DEFAULT),
        TopicScore.Unit.distinct(sums, STEERED),
        units.size(),
        TopicScore.Unit.tokens(sums, STEERED));
  }
}
