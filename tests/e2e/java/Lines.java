import io.opentracing.util.GlobalTracer;
import java.io.BufferedReader;
import java.io.InputStreamReader;

/** A trace for each line that comes in. */
public final class Lines {
  public static void main(String[] arguments) throws Exception {
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    for (String line = lines.readLine(); line != null; line = lines.readLine())
      GlobalTracer.get().buildSpan("web.request").withTag("resource.name", line).withTag("span.type", "web").start().finish();
  }
}
