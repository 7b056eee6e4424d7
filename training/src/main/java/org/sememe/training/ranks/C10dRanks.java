package org.sememe.training.ranks;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.Function;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.GlooDeviceVector;
import org.bytedeco.pytorch.PrefixStore;
import org.bytedeco.pytorch.ProcessGroupGloo;
import org.bytedeco.pytorch.Store;
import org.bytedeco.pytorch.TCPStore;
import org.bytedeco.pytorch.TCPStoreOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.Work;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.tensors.TensorMemory;

/**
 * Ranks on c10d, PyTorch's own library, by its Gloo backend over TCP: they meet at a store that
 * rank 0 or torchrun serves, then each is connected to each. Owns native memory and threads.
 */
public final class C10dRanks implements Communicator {
  private static final int THREADS = 2; // Gloo's, which copy and add
  private static final String LEFT = "/left";
  private static final int TAG = 7;
  private static final int LEAVING_MILLISECONDS = 2;

  private final RankPlace place;
  private final String host;
  private final String prefix;
  private final int rank;
  private final int size;
  private final Duration timeout;
  private final Store store;
  private final ProcessGroupGloo group;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment numbers;
  private Arena room = Arena.ofShared();
  private MemorySegment padded = MemorySegment.NULL;
  private long sent;

  /**
   * Meets the others that name the same prefix.
   *
   * @param store taken over
   */
  private C10dRanks(
      RankPlace place,
      String host,
      Store store,
      String prefix,
      int rank,
      int size,
      Duration timeout) {
    this.place = place;
    this.host = host;
    this.store = store;
    this.prefix = prefix;
    this.rank = rank;
    this.size = size;
    this.timeout = timeout;
    this.numbers = arena.allocate(ValueLayout.JAVA_DOUBLE, size);
    try (PointerScope scope = new PointerScope()) {
      ProcessGroupGloo.Options options = ProcessGroupGloo.Options.create(milliseconds(timeout));
      options.devices(new GlooDeviceVector(ProcessGroupGloo.createDeviceForHostname(host)));
      options.threads(THREADS);
      PrefixStore own = new PrefixStore(prefix, store);
      this.group = new ProcessGroupGloo(own, rank, size, options);
      own.deallocate(false); // the group has taken it over
      group.retainReference();
    }
  }

  /**
   * Meets the other ranks of a job; libtorch must be loaded.
   *
   * @param timeout how long to wait for another rank, here and in every operation
   * @throws RankLostException if not all come in time
   * @throws IOException if this machine has no way to the address
   */
  public static C10dRanks join(RankPlace place, Duration timeout) throws IOException {
    String host = host(place);
    try {
      String name = "sememe/" + place.attempt() + "/all";
      return new C10dRanks(
          place,
          host,
          store(place, place.rank() == 0 && !place.agentStore(), timeout),
          name,
          place.rank(),
          place.size(),
          timeout);
    } catch (RuntimeException e) {
      throw new RankLostException(
          "%s: the ranks did not meet at %s:%d within %d s (%s)"
              .formatted(
                  who(place), place.address(), place.port(), timeout.toSeconds(), firstLine(e)),
          e);
    }
  }

  private static String who(RankPlace place) {
    return "rank %d of %d".formatted(place.rank(), place.size());
  }

  /** A way to the meeting point, for one group: c10d takes each over. */
  private static Store store(RankPlace place, boolean serves, Duration timeout) {
    try (PointerScope scope = new PointerScope()) {
      TCPStoreOptions options = new TCPStoreOptions();
      options
          .port((short) place.port())
          .isServer(serves)
          .waitWorkers(false)
          .timeout(milliseconds(timeout));
      Store store = new TCPStore(place.address(), options);
      store.retainReference();
      store.deallocate(false); // it serves the others to the end of this process
      return store;
    }
  }

  /**
   * Meets some of these ranks, each of which calls this.
   *
   * @param name of no others
   * @param rank this one's number among them
   * @param size how many they are
   * @throws RankLostException if not all come in time
   */
  C10dRanks some(String name, int rank, int size) {
    try {
      Store way = store(place, false, timeout);
      return new C10dRanks(place, host, way, prefix + "/" + name, rank, size, timeout);
    } catch (RuntimeException e) {
      throw lost("meeting", e);
    }
  }

  /** The address of this machine that the others reach it by: the one on its way to rank 0. */
  private static String host(RankPlace place) throws IOException {
    try (DatagramSocket way = new DatagramSocket()) {
      way.connect(new InetSocketAddress(InetAddress.getByName(place.address()), place.port()));
      return way.getLocalAddress().getHostAddress();
    }
  }

  private static Milliseconds milliseconds(Duration duration) {
    return new Milliseconds(duration.toMillis());
  }

  @Override
  public int rank() {
    return rank;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public void sum(MemorySegment floats) {
    long count = floats.byteSize() / Float.BYTES;
    run(
        "all-reduce",
        group -> {
          Tensor tensor = TensorMemory.tensor(floats, ScalarType.Float, count);
          return group.allreduce(new TensorVector(tensor));
        });
    sent += 2 * floats.byteSize() * (size - 1) / size;
  }

  @Override
  public void share(MemorySegment all, int items) {
    long each = all.byteSize() / items;
    long most = Math.ceilDiv(items, size) * each;
    if (items % size == 0) {
      gather(all, part(items).of(all, items));
      return;
    }
    MemorySegment gathered = padded(size * most);
    MemorySegment mine = part(items).of(all, items);
    MemorySegment.copy(mine, 0, gathered, rank * most, mine.byteSize());
    gather(gathered, gathered.asSlice(rank * most, most));
    for (int other = 0; other < size; other++) {
      MemorySegment its = Part.of(items, other, size).of(all, items);
      MemorySegment.copy(gathered, other * most, its, 0, its.byteSize());
    }
  }

  private MemorySegment padded(long bytes) {
    if (padded.byteSize() < bytes) {
      room.close();
      room = Arena.ofShared();
      padded = room.allocate(bytes, Long.BYTES);
    }
    return padded.asSlice(0, bytes);
  }

  private void gather(MemorySegment all, MemorySegment mine) {
    run(
        "all-gather",
        group ->
            group._allgather_base(
                TensorMemory.tensor(all, ScalarType.Byte, all.byteSize()),
                TensorMemory.tensor(mine, ScalarType.Byte, mine.byteSize())));
    sent += mine.byteSize() * (size - 1);
  }

  @Override
  public void share(double[] all, int items) {
    try (Arena here = Arena.ofShared()) {
      MemorySegment copy = here.allocateFrom(ValueLayout.JAVA_DOUBLE, all);
      share(copy, items);
      MemorySegment.copy(copy, ValueLayout.JAVA_DOUBLE, 0, all, 0, all.length);
    }
  }

  @Override
  public double[] each(double mine) {
    numbers.setAtIndex(ValueLayout.JAVA_DOUBLE, rank, mine);
    gather(numbers, part(size).of(numbers, size));
    return numbers.toArray(ValueLayout.JAVA_DOUBLE);
  }

  @Override
  public void broadcast(MemorySegment bytes) {
    run(
        "broadcast",
        group ->
            group.broadcast(
                new TensorVector(TensorMemory.tensor(bytes, ScalarType.Byte, bytes.byteSize()))));
    sent += rank == 0 ? bytes.byteSize() * (size - 1) : 0;
  }

  @Override
  public void collect(MemorySegment mine, MemorySegment all, int items) {
    if (rank != 0) {
      run("send", group -> group.send(vector(mine), 0, TAG));
      sent += mine.byteSize();
      return;
    }
    MemorySegment own = part(items).of(all, items);
    own.copyFrom(mine);
    for (int other = 1; other < size; other++) {
      int from = other;
      MemorySegment its = Part.of(items, other, size).of(all, items);
      run("receive", group -> group.recv(vector(its), from, TAG));
    }
  }

  private static TensorVector vector(MemorySegment bytes) {
    return new TensorVector(TensorMemory.tensor(bytes, ScalarType.Byte, bytes.byteSize()));
  }

  private void run(String what, Function<ProcessGroupGloo, Work> start) {
    try (PointerScope scope = new PointerScope()) {
      start.apply(group)._wait();
    } catch (RuntimeException e) {
      throw lost(what, e);
    }
  }

  private RankLostException lost(String what, RuntimeException cause) {
    return new RankLostException(
        "%s: another rank died or is silent (%s, timeout %d s: %s)"
            .formatted(who(place), what, timeout.toSeconds(), firstLine(cause)),
        cause);
  }

  private static String firstLine(RuntimeException e) {
    String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return message.lines().findFirst().orElse("").strip();
  }

  @Override
  public void leave() {
    try {
      store.add(prefix + LEFT, 1);
      long end = System.nanoTime() + timeout.toNanos();
      while (store.add(prefix + LEFT, 0) < size && System.nanoTime() < end) {
        Thread.sleep(LEAVING_MILLISECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      // who serves the store has gone, and it goes when all have come here
    }
  }

  @Override
  public long sentBytes() {
    return sent;
  }

  @Override
  public void close() {
    group.close();
    room.close();
    arena.close();
  }
}
