using System.Reflection;
using System.Text.Json;

namespace PurchaseLimits.Web.Telemetry;

/// <summary>Outcomes as SQL names them: <c>already_recorded</c>.</summary>
internal static class OutcomeNames
{
    public static string Of<TOutcome>(TOutcome outcome)
        where TOutcome : struct, Enum => Names<TOutcome>.All.GetValueOrDefault(outcome, "unknown");

    /// <summary>The outcome that a reply holds; <c>done</c> for one that holds none.</summary>
    public static string OfReply<TReply>(TReply reply) => Reader<TReply>.Read(reply);

    private static class Names<TOutcome>
        where TOutcome : struct, Enum
    {
        public static readonly Dictionary<TOutcome, string> All =
            Enum.GetValues<TOutcome>().ToDictionary(outcome => outcome, outcome => JsonNamingPolicy.SnakeCaseLower.ConvertName(outcome.ToString()));
    }

    /// <summary>Looks at a type once: replies are counted where purchases are decided.</summary>
    private static class Reader<TReply>
    {
        public static readonly Func<TReply, string> Read = Make();

        private static Func<TReply, string> Make()
        {
            var outcome = typeof(TReply).GetProperty("Outcome");
            if (outcome is not { PropertyType.IsEnum: true })
                return _ => "done";
            return typeof(Reader<TReply>).GetMethod(nameof(MakeFor), BindingFlags.NonPublic | BindingFlags.Static)!
                .MakeGenericMethod(outcome.PropertyType)
                .CreateDelegate<Func<MethodInfo, Func<TReply, string>>>()(outcome.GetMethod!);
        }

        private static Func<TReply, string> MakeFor<TOutcome>(MethodInfo getter)
            where TOutcome : struct, Enum
        {
            var get = getter.CreateDelegate<Func<TReply, TOutcome>>();
            return reply => Of(get(reply));
        }
    }
}
