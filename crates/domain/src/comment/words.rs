//! The words of the grammar. Each row is a kind and its words, folded as the comment is; the longest word wins, so a
//! row may also take words away from a shorter one ("来了" is no order, "拍照" no claim).

use super::token::{Class, Cue, Kind, Unit};

/// The fixed vocabulary; the shelf's names and option values and the show's own claim words come on top of it.
pub(super) const WORDS: &[(Kind, &str)] = &[
    (
        Kind::Claim(Class::AsBare),
        "只要|俾|畀|俾我|畀我|俾埋|畀埋|留俾我|留畀我|留返|帮我留返|同我留|同我留返|同我攞|同我要|帮我攞|嚟|嚟返|落单|落一单|整返|要返|买返|攞返|攞埋|要住|攞住|我攞|补一单|安排上|我拎|gimmie|lemme get|lemme have|let me grab|get one|i'll need|can you give me|may nais|kukuha ako|kuha ako|kukunin ko|pakuha|pa order|paorder|pa-order|pasave|pa save|palista|pareserve|pa-reserve|pa reserve|nais ko|saya mau|mau|saya ambil|ambil|minta|beli|saya beli|bagi saya|bagi|tapau|i'm buying|im buying|i'm getting|im getting|i'm having|looking to buy|wanna buy|want to buy|wanna get|want to get|want to order|wanna order|i wanna order|i want to order|i wanna buy|i want to buy|would like|we want|we need|we'll take|we'll have|we will take|we take|hit me with|throw in|toss in|give|要|来|拿|拎|给我|帮我留|帮我拿|帮我要|帮我来|给我留|给我留着|帮我留着|给我来|给我拿|留|拍|买|下单|下一单|安排|拿下|整|入|入手|收|锁|锁单|订|定|攞|俾我|畀我|要埋|\
         want|i want|need|i need|give me|gimme|i'd like|i would like|can i have|can i get|may i have|could i have|could i get|may i get|\
         can have|let me have|let me get|get me|nak|saya nak|gusto ko|gusto ko ng|pabili|pabili ng|pabili po|pahingi|i wan|wan|\
         帮我下单|给我下单|帮我锁|给我锁|帮我拍|给我拍|帮我订|给我订|帮我买|我耍",
    ),
    (
        Kind::Claim(Class::Named),
        "claimed|claims|mime|solld|soldd|sol|calim|cliam|calling dibs|call dibs|i call|snag|snagging|nab|book|booking|secure|keep|keep for me|put aside|set aside for me|reserve for me|hold for me|save for me|lock in for me|tag me for|mark me for|mark me down for|down for|i'm down for|sign me up|count me in|put me in for|add me|add me for|ring me up for|charge me for|checkout|check out|bagging|adding|akin to|akin ito|gusto ko to|gusto ko ito|gusto ko nito|mine ko|mine nako|mine na ko|mine ko na|mine ko to|mine to|mine|mines|mien|mne|minee|mineee|minee e|sold|slod|sodl|sold to me|claim|claiming|grab|grabbing|grab me|take|taking|i'll take|ill take|\
         i will take|i'll have|ill have|i'll get|i'll grab|i'll buy|buy|buying|order|ordering|put me down for|put me down|sign me up for|count me in for|reserve|reserving|dibs|dibs on|\
         save me|save|bag me|add to my order|add to order|add|chope|akin|pa-mine|pamine|pa mine|hold|hold me|lock|lock me|lock in|\
         i take|i'm taking|im taking|i claim|i buy|i grab|set aside|i'll do|i order|akin na|akin po|akin yung|akin na yung|akin yan|akin na yan",
    ),
    (Kind::Kou, "扣|口|抠|叩|敲"),
    (Kind::Mark, "号|号链接|号的链接|号款|号品|号宝贝|号商品|号那款|号这款|号那个|号这个"),
    (
        Kind::Hash,
        "款号|号码是|product no.|product no|item #|nos.|style|style no.|num.|#|no.|no|no .|nr.|item|items|item no.|item number|number|num|product|product number|lot|code|编号|序号|link|链接",
    ),
    (
        Kind::Unit(Unit::One),
        "件|个|条|盒|箱|支|只|套|份|瓶|包|单|枚|袋|顶|张|罐|桶|卷|颗|束|筒|坛|串|台|组|pcs|pc|pc.|pcs.|piece|pieces|pice|box|boxes|pack|packs|bottle|bottles|set|sets|bar|bars|tube|tubes|case|cases|unit|units|biji|piraso|order of|orders|orders of|ea",
    ),
    (Kind::Unit(Unit::Lump), "块|塊"),
    (Kind::Unit(Unit::Pair), "双|对|pair|pairs|pair of|pairs of|prs"),
    (Kind::Unit(Unit::Dozen), "打|dozen|dozen of"),
    (Kind::Times, "qty|qty:|qty :|quantity|quantity:|quantity :|数量|数量:|数量是|件数|x|*|×"),
    (Kind::Plus, "+|加"),
    (Kind::And, "和|跟|及|与|同埋|同|and|&|、|以及|at|tsaka|plus"),
    (
        Kind::More,
        "dagdag|加多|要多|俾多|畀多|仲要多|再俾|再畀|再俾我|再畀我|再给我|追加|追单|加单|再补|加拍|再整|再加|再来|再要|再拿|再拍|再买|再给我来|再下|多要|多来|多拿|加要|另外来|又来|再下单|还要|仲要|再攞|再嚟",
    ),
    (
        Kind::Each,
        "各|各要|各来|各拿|各拍|各自|各买|各留|每个|每款|每色|每样|each|one of each|1 of each|one each|of each|每种|一样一",
    ),
    (
        Kind::Cue(Cue::All),
        "都要|都来|全要|全都要|都拿|都买|都拍|全拿|都给我|全部要|全部都要|都要了|全部|all|both|both of them|all of them|all of it|everything|each and every|包圆|我全要",
    ),
    (
        Kind::Cue(Cue::Axis),
        "个颜色|颜色|个色|色|种颜色|colours|colors|both colours|both colors|个味道|种味道|味道|香型|个尺码|尺码|scents|both scents|个味|款颜色|每个颜色|every colour|every color|all colours|all colors",
    ),
    (
        Kind::Cue(Cue::Neg),
        "不是要|不是买|不是拍|不是想要|唔系要|没说要|没说买|没想要|没想买|不想买|不打算买|不会买|唔想要|唔买|唔攞|唔使|不收|不入|不下单|别下单|勿拍|别给|不给|没拍|没买|没下单|冇买|未买|未拍|还没拍|还没买|没有要|没有买|not buying|not ordering|not taking|not getting|won't buy|wont buy|won't take|didn't order|didn't buy|didn't claim|never ordered|haven't ordered|haven't bought|can't buy|cant buy|can't take|cannot take|pass on|pass|skip|skipping|不要|别要|唔要|别拿|别买|不买|不是|别拍|别给我|not|don't want|dont want|do not want|i don't want|i dont want|don't need|dont need|do not need|no need|不想要|不用|不需要|不拿|不来|没要|ayaw ko|ayoko|hindi|tak nak|taknak|not interested in|不考虑|不喜欢|no more|别来",
    ),
    (
        Kind::Cue(Cue::Cancel),
        "不要了|不要啦|不要喇|唔要咗|唔要噜|唔使喇|唔使了|唔买喇|唔买了|唔攞喇|唔攞了|不需要了|不想买了|撤回|撤销订单|退订|帮我退了|删掉我的|删了我的|划掉我的|把我的取消|作废|我放弃|放弃|弃单|不下单了|唔落单喇|唔要喇|唔要了|唔要啦|唔要住|不想要了|不用了|取消|取消掉|取消吧|撤单|撤了|撤销|退单|退掉|算了不要|算了 不要|算了,不要|不要辣|cancel|cancel my order|cancel order|cancel my|\
         remove mine|remove|drop mine|scratch mine|paki cancel|pakicancel|want to cancel|i want to cancel|wanna cancel|i wanna cancel|need to cancel|i need to cancel|have to cancel|i have to cancel|gotta cancel|batal|saya batal|i don't want it anymore|i dont want it anymore|i don't want it|i no longer want|i no longer want it|pa-cancel|pacancel|pa cancel|cancelling|cncl|canceling|never mind|nevermind|nvm|release|release my|back out|backing out|i'm out|take me off|take me off the list|remove me from the list|remove my|remove me|\
         drop my|无视我|不拿了|不买了|不拍了|别留了|不用留了|scratch my|scratch that|cancel na|少要|退一个|退一件|不留了|changed my mind|don't want it anymore|don't want it|dont want it|no longer want|don't want anymore",
    ),
    (Kind::Cue(Cue::Back), "anymore|any more|na lang|no longer|了|喇"),
    (
        Kind::Cue(Cue::Oops),
        "扣错了|扣错|手滑|手滑了|点错了|点错|拍错了|拍错|打错了|打错|误扣|按错|按错了|扣早了|wrong one|my bad|typo|不对|错了|oops|i meant|i mean|说错|说错了|写错了",
    ),
    (
        Kind::Cue(Cue::Change),
        "改成|改为|换成|换个|换|改|改返|改做|转做|转成|变成|change|change to|switch|switch to|swap|swap to|instead|instead of|make it|make that|change it to|改要|换要|调成|update my|刚才那个改成",
    ),
    (Kind::Cue(Cue::Or), "或|或者|还是|or|要么|whichever|either|定系|/或"),
    (
        Kind::Cue(Cue::If),
        "如果|要是|的话|有的话|假如|if|if you|if there|if it|if still|有货就|then|补货了|补货后|到货了|到货|有货了|有货|补货给我|等补货|when restock|when restocked|once|when back|when it's back|unless|only if|as long as|provided|有人不要了|剩下的话|能便宜|waitlist|waiting list|wait list|候补|如有|when available|if available|if got|kung|kung meron|kalau|有现货的话",
    ),
    (Kind::Cue(Cue::Then), "就要|就买|就拿|就来|就拍|就下单|就入|就收"),
    (
        Kind::Cue(Cue::Half),
        "想要|好想要|想买|想拿|想入|想拍|想来|可能要|可能|也许|也许要|大概要|应该要|maybe|probably|perhaps|might|might take|may take|thinking of getting|tempted to|估计要|或许|considering to|i think i'll|i think i want|might want|may want|should i|谂住要|有点想要|考虑要|打算要|准备要|好想买",
    ),
    (Kind::Cue(Cue::But), "但|但是|可是|可惜|but|没钱|冇钱|no money|can't afford|cant afford"),
    (
        Kind::Cue(Cue::May),
        "可以|可唔可以|可不可以|可否|能|能不能|能否|可以吗|行不行|好不好|行吗|好吗|成不成|得唔得|ok吗|得吗|是不是可以|can i|can you|could you|could i|may i|can u|can|could|would you|will you|possible to|pwede|pwede ba|boleh|boleh ke|可以给我|能给我|可以帮我|能帮我|ok not|能不能给我|行么|可以么",
    ),
    (Kind::Cue(Cue::Query), "吗|么|嘛?|吧?|咩|呢|ba|ke|anot|or not|么?"),
    (
        Kind::Cue(Cue::Ask),
        "how to|how do|how can|怎么下单|多重|多大|多长|多高|多宽|多厚|多久|多远|多深|几时|几耐|几重|几大|几长|有几|边款|边只|边隻|咩色|咩码|乜|乜嘢|系唔系|对不对|好看吗|好看么|漂亮吗|可爱吗|靓吗|靓唔靓|好看不|多少|多少钱|几多|几钱|几元|几块|几号|几点|几天|几多钱|什么|啥|咋|怎么|怎样|点样|点解|点|如何|哪|哪个|边个|边度|为什么|为啥|为何|谁|有没有|有冇|系咪|是不是|会不会|要不要|好唔好|能穿|\
         what|what's|how|how's|how much|how many|why|where|when|which|who|is|are|does|do|did|was|were|has|will|should|magkano|paano|saan|berapa|meron|any|is it|hm|咩",
    ),
    (
        Kind::Cue(Cue::Stock),
        "还有吗|还有么|仲有冇|仲有吗|有货吗|还有没有|有没有货|有货没|available|still available|left|any left|in stock|还有货吗|还有不|还有没|还剩|有吗|有现货吗|有现货|有没有了|still have|still got|got stock|还有货|卖完了吗|没了吗|sold out",
    ),
    (
        Kind::Cue(Cue::Haggle),
        "便宜|便宜点|平啲|优惠点|少点|打折|打个折|再便宜|discount|cheaper|能少|砍价|抹零|lower the price|best price|last price",
    ),
    (
        Kind::Cue(Cue::Report),
        "拿了|俾咗|畀咗|俾左|畀左|买左|落咗单|落咗|落了单|入咗|攞咗|收咗|收到咗|订咗|锁咗|拍咗|要咗|已经|付完|刚付|下过单|拍到|抢了|秒到|秒了|拍成功|下单成功|提交了|提交订单|待付款|待发货|kakabili|kakaorder|nag order|nakuha|na-order|nabayaran|dah beli|sudah beli|sudah order|dah order|dah bayar|came|arrived|arrive|broken|my last|last year|yesterday|sent|shipped|delivered|已拍|拍了|拍好了|拍好|拍下了|拍完|买了|买咗|买好了|买好|买过|买的|拍的|下单了|已下单|下好单|付了|付款了|已付|已付款|抢到了|抢到|收到|收到了|到货了吗|入了|订了|下了|拿到了|拿到|锁了|\
         bought|ordered|already|got mine|just got|paid|received|i got|checked out|done|nakabili|naka order|naka-order|被取消|自动取消|系统取消|got cancelled|was cancelled|been cancelled|got canceled|umorder|got it|上次|昨天|之前|以前|之前买|上回|last time|last week|last month|刚买|刚拍|加购|加购了|购物车|加购物车|发成|漏发|发错|已买|扫了|付过|purchased",
    ),
    (
        Kind::Cue(Cue::Vote),
        "的扣|嘅扣|就扣|请扣|可以扣|的打|打出|公屏打|刷屏|投|投票|press|type|spam|vote|comment|让他们扣|不想扣|别扣|扣什么|的敲|帮扣|一起扣|都扣|drop a",
    ),
    (
        Kind::Cue(Cue::Show),
        "看看|看一下|睇下|想看|想睇|看下|试穿|试下|试一下|讲一下|讲讲|讲下|介绍|show|show me|try on|try|过一遍|回头|上架|想听|wait for|waiting for|展示|再看|细节|给我看看|拿近|let me see|see",
    ),
    (
        Kind::Cue(Cue::Consider),
        "考虑|考虑一下|犹豫|心动|种草|纠结|蹲|thinking|thinking about|tempted|considering|想想|再说|下次|等发工资|再买|有空|next time|later|观望|吃土|not sure|不确定|不知道",
    ),
    (
        Kind::Cue(Cue::Contact),
        "http|https|www.|.com|.cn|.net|.example|t.me|微信|威信|薇信|加v|加vx|vx|wx|wechat|whatsapp|telegram|tg群|私信|私我|私聊|要的私|dm me|pm me|qq|扣扣|兼职|代发|代理|加盟|加v免费|加v领|回收|出售|转让|二手|出闲置|ignore|previous instructions|instructions|system|assistant|prompt|drop table|select|sql|admin mode|promo|follow me|join my|check my|free gift|my shop|my store|line id|wa.me|进群|拉群|加群|互关|关注我",
    ),
    (
        Kind::Cue(Cue::Elsewhere),
        "pdd|tb|jd|拼多多|淘宝|京东|天猫|闲鱼|抖音|快手|小红书|得物|唯品会|山姆|盒马|超市|专柜|官网|旗舰店|实体店|商场|别家|其他家|人家家|隔壁家|隔壁直播间|shopee|lazada|shein|temu|amazon|ebay|taobao|costco|walmart|ikea|uniqlo|watsons|other store|other shop|another shop|another store",
    ),
    (Kind::Cue(Cue::Return), "退货|退款|退钱|refund|return|返品|换货|退换|售后"),
    (
        Kind::Cue(Cue::Other),
        "她|他|她要|他要|她们|他们|说|有人说|她说|他说|人家|别人|们|你|你要|你们|who wants|她买|she|he|they|her|his|their|someone|somebody|everyone|everybody|says|said|siya|上面|楼上|隔壁|you|your|you're|sayo",
    ),
    (
        Kind::Cue(Cue::Few),
        "好几|一些|一两|两三|三四|some|a few|few|several|many|好多|多几|一两个|两三个|ilang|beberapa|若干|a bunch of|a lot of|lots of|三两|一二|三五",
    ),
    (Kind::Cue(Cue::Several), "几|几件|几个|几条|几双|几盒|几瓶|几包|几支|几份|几套|几只"),
    (
        Kind::Cue(Cue::AnyOne),
        "随便|任意|都行|都可以|哪个都|哪个都行|什么颜色都|什么色都|any colour|any color|any size|any one|anything|surprise me|随机|任一|哪个好|看着发|你看着|随意|any scent|any is fine|均可|whatever",
    ),
    (Kind::Cue(Cue::Total), "共|一共|总共|合计|total|in total|altogether|加起来"),
    (Kind::Cue(Cue::Ordinal), "第"),
    (Kind::Cue(Cue::Whom), "for|para sa|untuk|for my|for our"),
    (
        Kind::Cue(Cue::Purpose),
        "过年|过年用|过节|过生日|生日|结婚|婚礼|年会|团建|试试|试一下|试试看|试试水|试下|尝尝|尝尝鲜|尝鲜|囤着|囤起来|存着|备着|屯|屯着|自己用|自己穿|自己吃|自己戴|自己留|平时用|上班用|上班穿|上学用|出差用|出差|旅游|旅行|露营|宿舍用|宿舍|家用|家里用|老家|回家|换着穿|换着用|轮着用|轮流用|一起寄|一起包|寄到|寄去|寄给|发到|备注|今天发|明天发|用得快|不够用|够用|用完了|先试|先用|先试试|看看质量|看看效果|留着|给娃|带去|带回|分着用|分着吃|分开包|分开寄|当早餐|泡茶|喝水|喝茶|追剧吃|追剧|配裙子|配裤子|做手信|手信|自用送人|送阿妈|送长辈|送客户|送领导|送闺蜜|送男友|自己嘅|自己食|返工用|返学用|送|送人|送礼|囤货|自用|备用|公司|办公室|放|孝敬|做礼物|当礼物|换洗|收藏用|一起发|as a gift|as gift|as gifts|gift for|送给",
    ),
    (
        Kind::Cue(Cue::Reason),
        "from|love it so much|so much|because|cause|cos|coz|cuz|since|so excited|so happy|so in love|excited|can't wait|cant wait|cannot wait|hope|hopefully|before i regret|before it's gone|before its gone|before it sells out|before they're gone|ship to|shipping to|deliver to|send to|paying now|will pay|payment later|pay later|payday|my first order|first order|first time|as always|like always|for christmas|for xmas|in case|just in case|gonna|must have|needed this|been wanting|been waiting for this|been eyeing|my fave|my favorite|my favourite|it's so|its so|this is so|they're so|so soft|so nice|so good|smells|looks so|looks great|looks good|love the|love them|i love|worth it|good deal|great deal|such a|what a|as my|as our|to try|to share|to match|to go with|to gift|to give|to replace",
    ),
    (Kind::Cue(Cue::The), "the"),
    (Kind::Cue(Cue::Of), "of"),
    (Kind::Cue(Cue::Article), "a|an"),
    (
        Kind::Cue(Cue::Former),
        "上一个|上一款|上一件|上个|上款|上一个款|前一个|前一款|前面那个|前面那款|刚才那个|刚才那款|刚才那件|刚刚那个|刚刚那款|头先嗰个|头先嗰款|previous one|the previous one|previous item|last one you showed|the one before|the one you showed|one you showed|earlier one|the earlier one|the last item",
    ),
    (Kind::Cue(Cue::Tail), "是吧|对吧"),
    (Kind::Cue(Cue::Is), "是|to"),
    // Colours and sizes that other goods have: an option the product lacks, unless the shelf knows the word.
    (
        Kind::Cue(Cue::Lacking),
        "绿|绿色|紫|紫色|橙|橙色|黄|黄色|粉|粉色|棕|棕色|咖色|咖啡色|银|银色|金色|红|红色|蓝|蓝色|黑|黑色|白|白色|灰|灰色|杏色|青色|墨绿|xs|xxs|xxl|xxxl|2xl|3xl|4xl|均码|加肥|green|purple|orange|brown|yellow|pink|red|blue|black|white|grey|gray|gold|silver|beige",
    ),
    (Kind::Cue(Cue::Also), "还有"),
    (Kind::Cue(Cue::Day), "今天|今晚|明天|后天|这个月|本月|下个月"),
    (
        Kind::Cue(Cue::Praise),
        "真的好看|真的很好看|很好看|好好看|巨好看|超美|真美|好漂亮|真漂亮|太漂亮了|终于上了|终于来了|终于等到|等很久了|等好久了|真的不错|真的好用|很好用|超好用|好可爱|太可爱了|真不错|不错|很不错|真香|yyds|绝绝子|好用|好穿|好吃|超好看|都好看|爱了爱了|太爱了|太好看|划算|太划算了|好划算|好正|好抵|心水|好看|好靓|靓|漂亮|真好看|太好看了|太美了|好美|绝了|爱了|太喜欢了|好|好的",
    ),
    (
        Kind::Cue(Cue::Kin),
        "小朋友|双胞胎|学生|客人|员工|大人|老人|长辈们|hubby|my mom|my mum|my dad|my sister|my sis|my brother|my husband|my wife|my hubby|my bf|my gf|my daughter|my son|my kids|my kid|my baby|my friend|my friends|my mother|my father|my bestie|my boss|my office|my team|my family|阿爸|阿姐|阿妹|阿哥|细佬|家姐|囡囡|公公|爷爷奶奶|大嫂|嫂子|姑姑|小姑子|阿姨|舅舅|姨妈|姑妈|大伯|叔叔|同学|邻居|领导|客户|亲戚|长辈|公婆|媳妇|媳妇儿|俺妈|俺爹|俺媳妇|俺娘|我媳妇|我闺女|我奶奶|我爷爷|我外婆|我同学|我邻居|我领导|我客户|我孩子|我公公|我妈|我爸|妈妈|爸爸|妈|爸|我姐|我妹|我哥|我弟|姐姐|妹妹|弟弟|哥哥|姐|妹|弟|哥|老公|老婆|我老公|我老婆|儿子|女儿|闺女|我女儿|我儿子|婆婆|奶奶|爷爷|外婆|姥姥|我婆婆|同事|我同事|朋友|我朋友|闺蜜|我闺蜜|室友|孩子|小孩|娃|宝贝|家人|爸妈|我爸妈|男朋友|女朋友|对象|男友|女友|妈咪|阿妈|我阿妈|屋企人|老妈|老爸|侄女|侄子|老师|丈母娘|岳母|家里|家里人|大姐",
    ),
    (Kind::Hand, "🙋|✋|举手"),
    (Kind::Same, "同上|一样|same|same here|me too|me 2|ditto|+me"),
    (
        Kind::Filler,
        "of these|of those|of them|of this|of it|of that|sa akin|就够|就够了|to my order|to the order|to my list|to my tab|to my bag|to my haul|colour|color|pa|ooh|oooh|aww|aw|gosh|alright|yey|yass|yaas|damn|whoa|woah|good evening|good morning|good afternoon|evening all|new here|i'm new|im new|i'm new here|grabe|hoy|omo|yeap|yupp|就好|就行|好了|决定了|最后决定|想好了|to me|only|sz|siz|eu|eur|鞋码|码数|尺码|给自己|自己|我都|呢个|呢款|呢件|嗰个|嗰款|嗰件|只系|就系|唔该哂|唔该嗮|唔该你|thankyou|thank you so much|thanks so much|thanks a lot|many thanks|thx so much|cheers|ta|appreciate it|darling|doll|girl|gurl|queen|momsh|mamsh|mami|maam|sissy|beb|bes|bhe|beshie|lods|idol|pls and thanks|pls thanks|kindly|nman|nmn|nlng|nalang|lng|lang|muna|din|rin|agad|eh|hor|liao|alr|can lah|faster|chop chop|hurry|take my money|yes please|yes pls|me please|me pls|gotta have|这边|我这边|俺也|咱|咱们|我们|我家|速度|速速|加急|尽快|来来来|嘿|哼|哈喽主播|主播好|主播你好|小鹿好|姐姐好|小哥哥|亲亲们|喂|行的|好哒|好滴|好嘞|好喔|好哦|可以的|没问题|得咗|上车|算了|刚才|刚刚|方才|头先|订单|张单|我的订单|我的单|这单|那单|my order|my orders|the order|我的order|我order|帮我|给|替我|我|俺|本人|也|再|就|都|先|快|赶紧|赶快|麻烦|谢谢|谢|多谢|谢啦|thx|ty|tq|辛苦了|辛苦|唔该|唔该晒|请|请问|帮忙|拜托|宝宝|宝|宝子|亲|亲亲|亲爱的|家人们|哈喽|你好|您好|hi|hello|hey|嗨|pls|plz|please|pleasee|thanks|thank you|thank u|tks|ok|okay|okie|\
         po|opo|lah|la|leh|lor|sia|dear|babe|sweetie|hun|hon|sis|sister|bro|ate|kuya|boss|admin|host|seller|mam|ma'am|madam|miss|ya|yes|yeah|yep|yup|sorry|不好意思|抱歉|ah|oh|wow|omg|haha|hahaha|lol|lmao|hehe|hihi|哈|哈哈|哈哈哈|嘿嘿|嘻嘻|呵呵|哇|哇塞|嗯|嗯嗯|对|对的|行|啊|呀|哦|噢|喔|吧|啦|嘛|呐|哒|哟|呗|咯|喽|嘞|的|嘅|之|滴|咗|诶|欸|唉|呜|呜呜|\
         老板|老板娘|主播|客服|助理|小助理|小姐姐|姐妹|姐妹们|美女|帅哥|中控|运营|老师好|一下|下单吧|now|right now|asap|quick|quickly|fast|also|too|just|i|i'll|ill|me|my|in|na|ng|yung|it|this|that one|this one|that|on|so|oo|still|here|there|yan|dito|naman|nga|ulit|ako|aiya|aiyo|aiyah|wah|walao|haiya|ay|uy|hala|right|already lah|dei|abang|kakak|akak|miss|thx babe|legit|ditto|finally|definitely|def|absolutely|sure|of course|btw|hmm|umm|uh|oops sorry|mwah|dear|love you|luv|muah|另外|然后|还|那|那就|直接|赶紧的|马上|现在|立刻|size|码|尺寸|颜色是|规格|款|love it|love this|love these|love this one|love this colour|love this color|so pretty|pretty|beautiful|cute|nice|great|gorgeous|so cute|amazing|awesome|perfect|yay|woo|woohoo|终于|我的|this pls|jie|jiejie|xo|kak|kakak|sir|bestie|guys|给我自己|这个|这款|这件|那个|那款|那件|晒|住|埋|手快|冲|冲冲|冲啊|必须|果断|囤|哎呀|哎|天啊|救命|快点|的哦|唔使|ty po|salamat|salamat po|terima kasih|tq|1st|hehehe|<3|:d|:)|:-)|xd|with|i guess",
    ),
    (
        Kind::Unknown,
        "别取消|不要取消|不取消|勿取消|没取消|没有取消|不会取消|唔好取消|冇取消|未取消|不想取消|不是取消|千万别取消|别撤|别撤单|不撤|不退单|别退单|不会退|别放弃|不放弃|don't cancel|dont cancel|do not cancel|not cancel|not cancelling|not canceling|didn't cancel|did not cancel|never cancel|never cancelled|no cancel|no cancellation|don't release|do not release|won't cancel|wont cancel|will not cancel|7x24|7*24|24x7|24*7|7x24h|24/7|7/24|996|007|12306|1688|618|双11|双12|双十二|6.18|11.11|12.12|5g|4g|3g|2k|4k|8k|gen z|给力|给到|给个|给点|给各位|给大家|给主播|给你|给她|给他|给你们|给她们|给他们|给我们看|给看|给机会|给不给|给粉丝|给新人|给老粉|给优惠|给赠品|给券|冲突|冲锋衣|整齐|嚟紧|嚟咗|嚟啦|俾面|畀面|俾心机|俾人|畀人|俾个心|俾个like|俾个赞|get it|get well|get out|get ready|get to|getting late|give up|give it|give it up|give away|giveaway|giving|call me|keep up|keep it|keep going|book club|passport|skip to|calling me|mau tanya|check out the|check out my|check out this|来了|来啦|来晚|来晚了|过来|回来|上来|下来|起来|出来|进来|刚来|来自|拍照|拍得|拍不了|拍摄|买菜|买不起|买单|留爪|收藏|收款|加入|订阅|下播|下班|下雨|下午|下次|下一个|下面|一波|一次|一样的|一直|一点|一定|一起|加油|加载|加大力度|加购|定时|定金|要求|主要|需要吗|重要|次要|同款|同学|同意|还没|包邮|包装|包裹|红包|钱包|书包|单号|个子|个人|双十一|双击|只剩|支付|支持|支持一下|对不起|对比|盒子|盒饭|份量|打卡|打赏|打开|打包|开箱|箱子|套路|和平|跟着|跟不上|号码|账号|信号|几乎|加一加一|拿错|拿捏|给力|锁屏|入口|入冬|收不到|收入|口红|口碑|口味|留言|瓶子|袋子|条码|张嘴|定位|sold me on|sold mine|i sold|save it|save for later|book now|gold mine|secure the bag|来不来|买不买|拍不拍|要不要买|买买买|买错了|sold on|i'm sold|im sold|取消关注|取消静音|取消收藏|取消点赞|取消置顶|取消美颜|save some for|give me a discount|give me a break|no sound|no audio|no problem|no way|no one|dozens|here for|here since|i'm here|im here|我要客服|要客服|找客服|亲一个|亲一下|要主播|no.1主播|no.1 host|#1 host|#1 seller|no 1 host|number 1 host|number one host|great buy|good buy|best buy|nice buy|nice save|big order|new order|pre order|preorder|带货|带宽|盘子|整个|整体|整点|搞笑|搞什么|带上|买家|买卖|唱一个|再来一首|再来一次|讲一个|take care|take a|take your|take my money|bless|for sure|buy 1 get|buy 1 get 1|buy one get one|buy one take one|buy 1 take 1|buy 2 get 1|buy 2 take 1|bogo|b1t1|b1g1|in order|order status|on hold|hold on|hold up|save money|buy now|to order|to buy",
    ),
];

/// Number words. The last field says whether the word can only be a quantity.
pub(super) const NUMBERS: &[(u32, &str, bool)] = &[
    (1, "one|isa|isang|satu|sebiji|uno", true),
    (2, "two|dalawa|dalawang|dua|couple", true),
    (3, "three|tatlo|tatlong|tiga", true),
    (4, "four|apat|empat", true),
    (5, "five|lima", true),
    (6, "six|anim|enam", true),
    (7, "seven", true),
    (8, "eight", true),
    (9, "nine", true),
    (10, "ten", true),
    (11, "eleven", true),
    (12, "twelve", true),
    (2, "两|俩", true),
    (3, "仨", true),
];

/// Quantities that need no measure word: (pieces, or pairs where the goods are sold in pairs, words).
pub(super) const MEASURED: &[(u32, u32, &str)] = &[
    (1, 1, "another|another one|one more|1 more|多一个|多一件|多一份"),
    (2, 2, "俩件|俩个|two more|2 more"),
    (2, 1, "a pair|a pair of|一对|1对|one pair|one pair of|pair of|1 pair|1 pair of"),
    (2, 2, "a couple|a couple of|couple of"),
    (12, 12, "一打|a dozen|a dozen of|one dozen|1 dozen|1打"),
    (6, 6, "半打|half a dozen|half dozen|half a dozen of"),
];

/// What makes a number before it no product and no quantity (rules, section 2).
pub(super) const MEASURES: &str = "老师|哥|姐好|嫂|叔|首|遍|场|集|页|句|题|趟|公里|平米|星|班|队|胎|瓦|v|level|levels|stars|star|people|persons|kids|times|time|seconds|secs|sec|percent off|views|viewers|followers|点|点半|点钟|分|分钟|小时|天|月|个月|日|年|岁|周|周岁|楼|层|栋|斤|公斤|千克|kg|kgs|g|克|cm|厘米|公分|米|m高|lbs|lb|磅|%|折|级|次|倍|度|寸|英寸|ml|毫升|升|l装|毫安|mah|am|pm|a.m.|p.m.|o'clock|mins|min|minutes|hours|hrs|hour|days|day|weeks|week|months|month|years|yrs|year old|yo|th|st|nd|rd|ft|feet|inch|inches|k|w|万|千|百|亿|人|位|名|秒|季|期|代|届|路|室|单元|门|排|座|左右|多岁|后|前|前发|之前|折扣|寸的|pts|points|likes|subs|级了|连击|赞|颗|粒|片|in 1|合一|孔|键|轮|局|分之|栋楼|折吧|hr|percent|号发货|号到|号前|号之前|号下单的|号买的|号收到|号发|号晚上|号早上|号下午|号开播|号直播|号开始|号拍的|号能到|号能发货|号楼|号线|号店|号的快递|号就能|号就发|号就到|号就寄|号就收到|号寄|个小时|个月|个人|个赞|个字|个问题|个小时|个主播|个粉|个杯子了";

/// What makes the number beside it a price.
pub(super) const AFTER_PRICE: &str =
    "元|块钱|块|块9|块5|yuan|rmb|cny|usd|sgd|myr|php|pesos|peso|dollars|dollar|bucks|rm|刀|毛|蚊|块多|包邮";
/// What makes the number after it a price.
pub(super) const BEFORE_PRICE: &str = "$|¥|£|€|rm|s$|hk$|us$|₱|php|price|价格|价|才|只要|卖|运费|邮费";
