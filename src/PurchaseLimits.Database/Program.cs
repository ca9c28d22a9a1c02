using PurchaseLimits.Database.Commands;

return await Tool.RunAsync(args, Console.Out, Console.Error);
